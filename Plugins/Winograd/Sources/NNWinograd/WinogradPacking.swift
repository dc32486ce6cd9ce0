import CNNWinograd

@_spi(Kernels) import NNCore

/// The order and transformation of a weight for one tile, direction and set of instructions.
struct WinogradPacking: Hashable, Sendable {
    private let tile: Int
    private let instructions: WinogradInstructions
    private let isGradient: Bool
    // A reshaped weight lies in the same memory.
    private let outputs: Int
    private let inputs: Int

    /// - Parameter isGradient: Whether it serves the gradient by the input.
    init(_ shape: WinogradShape, _ tile: Int, _ instructions: WinogradInstructions, isGradient: Bool) {
        self.tile = tile
        self.instructions = instructions
        self.isGradient = isGradient
        outputs = shape.outputChannels
        inputs = shape.inputChannels
    }

    /// The packed form, kept until the weight changes.
    func kept(_ weight: Tensor) -> Tensor { weight.packedForms.form(for: self) { pack(weight) } }

    /// The packed form for one call: 4 times the weight with tiles of 4x4, too much to keep through a training step.
    func pack(_ weight: Tensor) -> Tensor {
        let weights = nn_winograd_weights(
            isa: instructions.rawValue, tile: Int32(tile), is_gradient: isGradient ? 1 : 0, inputs: Int64(inputs),
            outputs: Int64(outputs))
        let packed = Tensor(uninitialized: [Int(nn_winograd_packed_size(weights))])
        withExtendedLifetime((weight, packed)) { nn_winograd_pack(weights, weight.floatAddress, packed.floatAddress) }
        return packed
    }
}
