import CNNWinograd
import NNLayers

@_spi(Kernels) import NNCore

/// 3x3 convolutions of stride 1 by Winograd's method, and their gradients.
///
/// ```swift
/// let backends: [any Backend] = [try WinogradBackend(), try OneDNNBackend(), BLASBackend()]
/// let logits = Engine.$scoped.withValue(backends) { network(images, .inference()) }
/// ```
///
/// A program that links this library uses the backend without such a call. It takes convolutions with dilation 1, one
/// group and padding of 0 to 2 where measurements show that it is faster than sums of products, as `Engine.winograd`
/// allows, and leaves the others to the next backend. Results are the same, bit by bit, for any number of threads.
///
/// It calculates in float32. bfloat16 is read and written where that is faster than sums of products in bfloat16: by all
/// shapes on processors that cannot multiply it, by many on those with AVX512-BF16, and by none on those with AMX.
///
/// An output's rounding error is a few millionths of the largest value around it. NaN and infinity become NaN in all
/// outputs of the tiles that they are in.
public struct WinogradBackend: Backend {
    /// `winograd`.
    public let name = "winograd"
    /// The instructions in use.
    public var details: String { instructions.description }
    /// To what `NN_WINOGRAD` limits the method, where it does.
    public let notes: [String]

    private let instructions: WinogradInstructions
    /// Takes every convolution that it can, in tiles of this length, whether that is fast or not.
    private let forcedTile: Int?
    private let bfloat16: BFloat16Products

    /// Tiles of 2x2 and of 4x4 outputs, as far as `Engine.winograd` allows them.
    public var forms: [BackendForm] {
        [2, 4].map { (tile: Int) in
            BackendForm("winograd F\(tile)") {
                Self(instructions, forcedTile: tile)
            }
        }
    }

    /// The backend with the best instructions that this processor has, or with those that `NN_WINOGRAD_ISA` names.
    /// - Throws: `EngineError` where the processor has no such instructions.
    public init() throws(EngineError) {
        self.init(try .fromEnvironment())
    }

    init(
        _ instructions: WinogradInstructions, forcedTile: Int? = nil,
        bfloat16: BFloat16Products = .ofThisProcessor
    ) {
        self.instructions = instructions
        self.forcedTile = forcedTile
        self.bfloat16 = bfloat16
        notes = Engine.winograd == .fast ? [] : ["Winograd's method is \(Engine.winograd.rawValue)"]
    }

    private func tile(_ shape: WinogradShape, _ use: WinogradRule.Use, _ dataType: DataType) -> Int? {
        if Engine.winograd == .off { return nil }
        if let forcedTile { return forcedTile > 2 && Engine.winograd == .accurate ? nil : forcedTile }
        let products = dataType == .bfloat16 ? bfloat16 : .none
        return WinogradRule.tile(shape, use, Engine.winograd, instructions, products)
    }

    /// See `Backend`.
    public func convolution(
        _ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue
    ) -> Tensor? {
        guard let shape = WinogradShape(input: input.shape, weight: weight.shape, geometry),
            let tile = tile(shape, .forward(weightIsTrained: epilogue.weightIsTrained), input.dataType)
        else { return nil }
        let output = Tensor(uninitialized: shape.output, dataType: input.dataType)
        let packing = WinogradPacking(shape, tile, instructions, isGradient: false)
        let packed = epilogue.weightIsTrained ? packing.pack(weight) : packing.kept(weight)
        let convolution = WinogradConvolution(
            shape.forward(input.dataType), tile: tile, instructions: instructions, packed: packed, bias: epilogue.bias,
            activation: epilogue.activation, followsPacking: epilogue.weightIsTrained)
        convolution.run(input, residual: epilogue.residual?.cast(to: input.dataType), into: output)
        return output
    }

    /// See `Backend`.
    public func preparedConvolution(
        of input: TensorSpecification, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue,
        addsResidual: Bool
    ) -> (any PreparedConvolution)? {
        guard let shape = WinogradShape(input: input.shape, weight: weight.shape, geometry),
            let tile = tile(shape, .forward(weightIsTrained: false), input.dataType)
        else { return nil }
        let packing = WinogradPacking(shape, tile, instructions, isGradient: false)
        return WinogradConvolution(
            shape.forward(input.dataType), tile: tile, instructions: instructions, packed: packing.kept(weight),
            bias: epilogue.bias, activation: epilogue.activation)
    }

    /// See `Backend`.
    public func convolutionInputGradient(
        _ outputGradient: Tensor, weight: Tensor, geometry: ConvolutionGeometry, inputShape: Shape
    ) -> Tensor? {
        guard let shape = WinogradShape(input: inputShape, weight: weight.shape, geometry),
            let tile = tile(shape, .inputGradient, outputGradient.dataType)
        else { return nil }
        let gradient = Tensor(uninitialized: inputShape, dataType: outputGradient.dataType)
        // The weight changes before it is used in this direction again.
        let packed = WinogradPacking(shape, tile, instructions, isGradient: true).pack(weight)
        let convolution = WinogradConvolution(
            shape.backward(outputGradient.dataType), tile: tile, instructions: instructions, packed: packed,
            followsPacking: true)
        convolution.run(outputGradient, residual: nil, into: gradient)
        return gradient
    }

    /// See `Backend`.
    public func convolutionWeightGradient(
        _ outputGradient: Tensor, input: Tensor, geometry: ConvolutionGeometry, weightShape: Shape
    ) -> Tensor? {
        guard let shape = WinogradShape(input: input.shape, weight: weightShape, geometry),
            let tile = tile(shape, .weightGradient, input.dataType)
        else { return nil }
        let (images, gradients) = (input, outputGradient.cast(to: input.dataType))
        let gradient = Tensor(uninitialized: weightShape)
        var plan = nn_winograd_plan_sums(
            shape.forward(input.dataType), Int32(tile), instructions.rawValue, Int32(Engine.threadCount))
        let work = Tensor(uninitialized: [Int(plan.work_size)])
        Engine.note(kernel: "F\(tile)")
        withExtendedLifetime((images, gradients, gradient, work)) {
            nn_winograd_weight_gradient(
                &plan, images.unsafePointer, gradients.unsafePointer, gradient.floatAddress, work.floatAddress)
        }
        return gradient
    }
}

extension Tensor {
    /// The address of the first float, which the tensor must outlive.
    var floatAddress: UnsafeMutablePointer<Float> { unsafePointer.assumingMemoryBound(to: Float.self) }
}

/// Registers the backend of this library.
public struct WinogradPlugin: Plugin {
    /// `Winograd`.
    public let name = "Winograd"

    /// The plugin; there is nothing to set.
    public init() {}

    /// Registers the backend; see `Plugin`.
    public func register(into registry: Registry) throws {
        try registry.register(.backend, "winograd", summary: "3x3 convolutions by Winograd's method") {
            try WinogradBackend()
        }
    }
}

/// Opens the backend for a program that links this library. The engine calls it; programs need not.
@_cdecl("nn_make_winograd")
public func makeLinkedWinogradBackend() -> UnsafeMutableRawPointer? {
    LinkedBackend { () throws(EngineError) in try WinogradBackend() }.retained()
}
