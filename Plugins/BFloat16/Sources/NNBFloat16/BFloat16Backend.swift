import CNNBFloat16
import NNLayers

@_spi(Kernels) import NNCore

/// Convolutions with one group, their gradients and matrix products by instructions that multiply bfloat16: AMX and
/// AVX512-BF16.
///
/// ```swift
/// let backends: [any Backend] = [try BFloat16Backend(), try OneDNNBackend(), BLASBackend()]
/// let logits = Engine.$scoped.withValue(backends) { network(images, .inference()) }
/// ```
///
/// A program that links this library uses the backend without such a call. Of float32 it takes large convolutions and
/// products where `Engine.fastFloat32` allows it, on processors with AMX: each number is then the sum of two in bfloat16.
/// Of bfloat16 it takes the gradients by the weight of large convolutions on the same processors, if the environment
/// variable `NN_BFLOAT16` is `auto`, since those for AMX have only run with emulated instructions so far. Everything else is
/// left to the next backend, unless `NN_BFLOAT16` is `all`; `off` leaves everything.
/// Results are the same, bit by bit, for any number of threads.
///
/// Denormal numbers count as zero.
public struct BFloat16Backend: Backend {
    /// `bfloat16`.
    public let name = "bfloat16"
    /// The instructions in use.
    public var details: String { instructions?.description ?? "the processor has no instructions for bfloat16" }
    /// What `NN_BFLOAT16` says, where it is set.
    public let notes: [String]

    private let instructions: BFloat16Instructions?
    private let use: BFloat16Use

    /// The backend with the best instructions that this processor has, or with those that `NN_BFLOAT16_ISA` names. Where
    /// it has none, everything is left to the next backend.
    /// - Throws: `EngineError` for a wrong value of `NN_BFLOAT16` or `NN_BFLOAT16_ISA`.
    public init() throws(EngineError) {
        self.init(try .fromEnvironment(), try .fromEnvironment())
    }

    init(_ instructions: BFloat16Instructions?, _ use: BFloat16Use) {
        self.instructions = instructions
        self.use = use
        notes = use == .fastFloat32 ? [] : ["NN_BFLOAT16 is \(use.rawValue)"]
    }

    /// The instructions by which something is calculated; nil where it is left.
    private func instructions(
        _ dataType: DataType, _ other: DataType? = nil, _ isFast: (BFloat16Instructions) -> Bool
    ) -> BFloat16Instructions? {
        guard let instructions, use != .off, other == nil || other == dataType,
            dataType == .bfloat16 && use != .fastFloat32 || dataType == .float32 && Engine.fastFloat32
        else { return nil }
        return use == .all || isFast(instructions) ? instructions : nil
    }

    private func plan(
        _ shape: BFloat16Shape, _ operation: BFloat16Rule.Operation, _ dataType: DataType
    ) -> nn_bf16_products? {
        let taken = instructions(dataType) { BFloat16Rule.takes(shape, operation, dataType, $0) }
        return taken.map { instructions in
            nn_bf16_plan_convolution(
                shape.forKernels, Int32(operation == .forward ? NN_BF16_FORWARD : NN_BF16_INPUT_GRADIENT),
                dataType == .float32 ? 1 : 0, instructions.rawValue, Int32(Engine.threadCount))
        }
    }

    /// See `Backend`.
    public func convolution(
        _ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue
    ) -> Tensor? {
        guard let shape = BFloat16Shape(input: input.shape, weight: weight.shape, geometry),
            let convolution = prepared(shape, weight, epilogue, input.dataType)
        else { return nil }
        let output = Tensor(uninitialized: shape.output, dataType: input.dataType)
        convolution.run(input, residual: epilogue.residual, into: output)
        return output
    }

    /// See `Backend`.
    public func preparedConvolution(
        of input: TensorSpecification, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue,
        addsResidual: Bool
    ) -> (any PreparedConvolution)? {
        guard let shape = BFloat16Shape(input: input.shape, weight: weight.shape, geometry) else { return nil }
        return prepared(shape, weight, epilogue, input.dataType)
    }

    private func prepared(
        _ shape: BFloat16Shape, _ weight: Tensor, _ epilogue: ConvolutionEpilogue, _ dataType: DataType
    ) -> BFloat16Convolution? {
        guard let plan = plan(shape, .forward, dataType) else { return nil }
        func pack() -> Tensor { withExtendedLifetime(weight) { plan.pack(weight.unsafePointer) } }
        // A trained weight changes before it is used in this direction again.
        let packed =
            epilogue.weightIsTrained
            ? pack() : weight.packedForms.form(for: BFloat16Packing(shape, plan)) { pack() }
        return BFloat16Convolution(plan: plan, packed: packed, bias: epilogue.bias, activation: epilogue.activation)
    }

    /// See `Backend`.
    public func convolutionInputGradient(
        _ outputGradient: Tensor, weight: Tensor, geometry: ConvolutionGeometry, inputShape: Shape
    ) -> Tensor? {
        guard let shape = BFloat16Shape(input: inputShape, weight: weight.shape, geometry),
            let plan = plan(shape, .inputGradient, outputGradient.dataType)
        else { return nil }
        let packed = withExtendedLifetime(weight) { plan.pack(weight.unsafePointer) }
        let gradient = Tensor(uninitialized: inputShape, dataType: outputGradient.dataType)
        BFloat16Convolution(plan: plan, packed: packed).run(outputGradient, residual: nil, into: gradient)
        return gradient
    }

    /// See `Backend`.
    public func convolutionWeightGradient(
        _ outputGradient: Tensor, input: Tensor, geometry: ConvolutionGeometry, weightShape: Shape
    ) -> Tensor? {
        let dataType = input.dataType
        guard let shape = BFloat16Shape(input: input.shape, weight: weightShape, geometry),
            let instructions = instructions(
                dataType, outputGradient.dataType,
                { BFloat16Rule.takes(shape, .weightGradient, dataType, $0) })
        else { return nil }
        var plan = nn_bf16_plan_sums(
            shape.forKernels, dataType == .float32 ? 1 : 0, instructions.rawValue, Int32(Engine.threadCount))
        let gradient = Tensor(uninitialized: weightShape)
        let work = Tensor.work(bytes: plan.work_size)
        Engine.note(kernel: dataType == .float32 ? "3x bf16" : "bf16")
        withExtendedLifetime((input, outputGradient, gradient, work)) {
            nn_bf16_weight_gradient(
                &plan, input.unsafePointer, outputGradient.unsafePointer, gradient.floatAddress, work.unsafePointer)
        }
        return gradient
    }

    /// Products of two operands of one type; see `Backend`.
    public func matrixProduct(_ product: MatrixProduct, left: Tensor, right: Tensor, bias: Tensor?) -> Tensor? {
        let dataType = left.dataType
        let sizes = [product.batch, product.rows, product.columns, product.inner]
        guard sizes.allSatisfy({ $0 > 0 }), product.dataType.isFloatingPoint,
            let instructions = instructions(
                dataType, right.dataType, { BFloat16Rule.takes(product, dataType, $0) })
        else { return nil }
        let plan = nn_bf16_plan_matrices(
            Int64(product.rows), Int64(product.columns), Int64(product.inner), product.transposesLeft ? 1 : 0,
            product.transposesRight ? 1 : 0, dataType == .float32 ? 1 : 0, instructions.rawValue,
            Int32(Engine.threadCount))
        let result = Tensor(
            uninitialized: [product.batch, product.rows, product.columns], dataType: product.dataType)
        let epilogue = nn_bf16_epilogue(
            bias: bias?.floatAddress, residual: nil, activation: Activation.identity.kernelCode, slope: 0,
            is_float: product.dataType == .float32 ? 1 : 0)
        let leftBytes = product.rows * product.inner * dataType.byteCount
        let rightBytes = product.inner * product.columns * dataType.byteCount
        let resultBytes = product.rows * product.columns * product.dataType.byteCount
        let work = Tensor.work(bytes: plan.work_size)
        Engine.note(kernel: dataType == .float32 ? "3x bf16" : "bf16")
        withExtendedLifetime((left, right, bias, result, work)) {
            for index in 0..<product.batch {
                var plan = plan
                let packed = plan.pack(right.unsafePointer + index * rightBytes)
                withExtendedLifetime(packed) {
                    nn_bf16_multiply(
                        &plan, left.unsafePointer + index * leftBytes, packed.unsafePointer, epilogue,
                        result.unsafePointer + index * resultBytes, work.unsafePointer)
                }
            }
        }
        return result
    }
}

/// Registers the backend of this library.
public struct BFloat16Plugin: Plugin {
    /// `BFloat16`.
    public let name = "BFloat16"

    /// The plugin; there is nothing to set.
    public init() {}

    /// Registers the backend; see `Plugin`.
    public func register(into registry: Registry) throws {
        try registry.register(.backend, "bfloat16", summary: "products of bfloat16 by AMX and AVX512-BF16") {
            try BFloat16Backend()
        }
    }
}

/// Opens the backend for a program that links this library. The engine calls it; programs need not.
@_cdecl("nn_make_bfloat16")
public func makeLinkedBFloat16Backend() -> UnsafeMutableRawPointer? {
    LinkedBackend { () throws(EngineError) in try BFloat16Backend() }.retained()
}
