import CNNWinograd
@_spi(Kernels) import NNCore

/// A convolution of one shape, or a gradient by the input, with its weight packed.
struct WinogradConvolution: PreparedConvolution {
    private let plan: nn_winograd_products
    private let tile: Int
    private let packed: Tensor
    private let bias: Tensor?
    private let activation: Activation

    /// - Parameter followsPacking: Whether the weight was packed just before, so that its parts lie in the caches of the
    ///   threads that packed them.
    init(
        _ shape: nn_winograd_shape, tile: Int, instructions: WinogradInstructions, packed: Tensor, bias: Tensor? = nil,
        activation: Activation = .identity, followsPacking: Bool = false
    ) {
        plan = nn_winograd_plan_products(
            shape, Int32(tile), instructions.rawValue, Int32(Engine.threadCount), followsPacking ? 1 : 0)
        self.tile = tile
        self.packed = packed
        self.bias = bias
        self.activation = activation
    }

    var scratchByteCount: Int { Int(plan.work_size) * MemoryLayout<Float>.stride }

    func run(_ input: Tensor, residual: Tensor?, into output: Tensor, scratch: UnsafeMutableRawPointer) {
        Engine.note(kernel: "F\(tile)")
        let epilogue = nn_winograd_epilogue(
            bias: bias?.floatAddress, residual: residual?.unsafePointer, activation: activation.kernelCode,
            slope: activation.slope)
        withExtendedLifetime((self, input, residual, output)) {
            withUnsafePointer(to: plan) { plan in
                nn_winograd_convolve(
                    plan, input.unsafePointer, packed.floatAddress, epilogue, output.unsafePointer,
                    scratch.assumingMemoryBound(to: Float.self))
            }
        }
    }
}

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
