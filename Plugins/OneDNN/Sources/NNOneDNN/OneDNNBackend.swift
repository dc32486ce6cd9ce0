@_spi(Kernels) import NNCore
import NNLayers
import Synchronization

/// Convolutions and matrix products by oneDNN, on plain `[N, H, W, C]` memory.
///
/// ```swift
/// let logits = try Engine.$scoped.withValue([OneDNNBackend(), BLASBackend()]) { network(images, .inference()) }
/// ```
///
/// A program that links this library uses the backend without such a call. Code is compiled once for every shape. Weights
/// are packed into the order that the code expects, and the packed form is kept until the weight changes. Operations
/// that a version of oneDNN is known to compute wrongly are done in another way; ``notes`` lists them.
public final class OneDNNBackend: Backend {
    /// `onednn`.
    public let name = "onednn"
    /// The version of the library and the instruction set.
    public let details: String
    /// The path of the library, and the rules about its faults that apply on this processor.
    public let notes: [String]
    private let library: OneDNNLibrary
    private let rules: OneDNNRules
    private let runtime: Mutex<OneDNNRuntime>
    /// Everything that oneDNN calculates rightly.
    public var forms: [BackendForm] {
        [BackendForm(name) { [library, rules] in try? OneDNNBackend(library, rules: rules, leavesFaster: false) }]
    }

    /// The result of a request for a convolution.
    private enum Outcome {
        case done(Tensor)
        case otherwise(Treatment)
    }

    /// Opens oneDNN: the library that the environment variable `NN_ONEDNN` names, or else the newest one installed.
    /// - Throws: `EngineError` with path, reason and remedy if it cannot be used.
    public convenience init() throws(EngineError) {
        let library = try OneDNNLibrary.open()
        try self.init(library, rules: OneDNNRules(version: library.version, instructions: library.instructions))
    }

    /// - Parameter leavesFaster: Whether what the next backend is faster at is left to it.
    init(_ library: OneDNNLibrary, rules: OneDNNRules, leavesFaster: Bool = true) throws(EngineError) {
        self.library = library
        self.rules = rules
        runtime = Mutex(try OneDNNRuntime(library, rules: rules, leavesFaster: leavesFaster))
        details = "oneDNN \(library.version), \(library.instructions)"
        let conversions =
            library.emulatesBFloat16
            ? ["convolutions of bfloat16 are calculated in float32: the processor has no instructions for them"] : []
        notes = [library.path] + conversions + rules.notes
    }

    /// See `Backend`.
    public func convolution(
        _ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue
    ) -> Tensor? {
        convolution(input, weight: weight, geometry: geometry, epilogue: epilogue, outputType: input.dataType)
    }

    private func convolution(
        _ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue,
        outputType: DataType
    ) -> Tensor? {
        var key = ConvolutionKey(
            forward: input.specification, weightShape: weight.shape, geometry: geometry, epilogue: epilogue,
            addsResidual: epilogue.residual != nil)
        if outputType != input.dataType { key.outputType = outputType }
        let outputShape = key.outputShape
        let outcome = runtime.withLock { runtime -> Outcome in
            let code = runtime.convolution(key)
            guard let primitive = code.primitive, let order = code.weightOrder else {
                return .otherwise(code.treatment)
            }
            let output = Tensor(uninitialized: outputShape, dataType: outputType)
            var tensors = [input, order.packed(weight), output]
            if let bias = epilogue.bias { tensors.append(bias) }
            if let residual = epilogue.residual { tensors.append(residual) }
            primitive.execute(tensors, runtime)
            return .done(output)
        }
        switch outcome {
        case .done(let output): return output
        case .otherwise(.addResidualAfterwards):
            // What cancels would be lost in a sum that is rounded to bfloat16 before the residual is added.
            let plain = convolution(
                input, weight: weight, geometry: geometry, epilogue: ConvolutionEpilogue(bias: epilogue.bias),
                outputType: .float32)
            return plain.map {
                $0.adding(epilogue.residual?.cast(to: .float32), activation: epilogue.activation)
                    .cast(to: outputType)
            }
        case .otherwise(.useFloat32):
            guard input.dataType != .float32 else { return nil }
            var wide = epilogue
            wide.residual = epilogue.residual?.cast(to: .float32)
            return convolution(input.cast(to: .float32), weight: weight, geometry: geometry, epilogue: wide)?
                .cast(to: outputType)
        case .otherwise: return nil
        }
    }

    /// See `Backend`.
    public func preparedConvolution(
        of input: TensorSpecification, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue,
        addsResidual: Bool
    ) -> (any PreparedConvolution)? {
        let key = ConvolutionKey(
            forward: input, weightShape: weight.shape, geometry: geometry, epilogue: epilogue,
            addsResidual: addsResidual)
        return runtime.withLock { runtime -> OneDNNConvolution? in
            let code = runtime.convolution(key)
            guard let primitive = code.primitive, let order = code.weightOrder else { return nil }
            return OneDNNConvolution(primitive, weight: order.packed(weight), bias: epilogue.bias, self, runtime)
        }
    }

    /// Runs a prepared convolution, one at a time, as all that this backend calculates.
    fileprivate func run(
        _ convolution: OneDNNConvolution, _ input: Tensor, residual: Tensor?, into output: Tensor,
        scratch: ScratchMemory
    ) {
        runtime.withLock { convolution.run(input, residual: residual, into: output, scratch: scratch, $0) }
    }

    /// See `Backend`.
    public func convolutionInputGradient(
        _ outputGradient: Tensor, weight: Tensor, geometry: ConvolutionGeometry, inputShape: Shape
    ) -> Tensor? {
        let key = ConvolutionKey(
            direction: .inputGradient, geometry: geometry, inputShape: inputShape, outputShape: outputGradient.shape,
            weightShape: weight.shape, dataType: outputGradient.dataType)
        let outcome = runtime.withLock { runtime -> Outcome in
            let code = runtime.convolution(key)
            guard let primitive = code.primitive, let order = code.weightOrder else {
                return .otherwise(code.treatment)
            }
            let gradient = Tensor(uninitialized: inputShape, dataType: outputGradient.dataType)
            primitive.execute([outputGradient, order.packed(weight), gradient], runtime)
            return .done(gradient)
        }
        switch outcome {
        case .done(let gradient): return gradient
        case .otherwise(.useFloat32) where outputGradient.dataType != .float32:
            return convolutionInputGradient(
                outputGradient.cast(to: .float32), weight: weight, geometry: geometry, inputShape: inputShape)?
                .cast(to: outputGradient.dataType)
        case .otherwise: return nil
        }
    }

    /// See `Backend`.
    public func convolutionWeightGradient(
        _ outputGradient: Tensor, input: Tensor, geometry: ConvolutionGeometry, weightShape: Shape
    ) -> Tensor? {
        let key = ConvolutionKey(
            direction: .weightGradient, geometry: geometry, inputShape: input.shape, outputShape: outputGradient.shape,
            weightShape: weightShape, dataType: input.dataType)
        let outcome = runtime.withLock { runtime -> Outcome in
            let code = runtime.convolution(key)
            guard let primitive = code.primitive, let order = code.weightOrder else {
                return .otherwise(code.treatment)
            }
            let packed = order.makePacked()
            primitive.execute([input, packed, outputGradient], runtime)
            return .done(order.plain(packed, shape: weightShape))
        }
        switch outcome {
        case .done(let gradient): return gradient
        case .otherwise(.useFloat32) where input.dataType != .float32:
            return convolutionWeightGradient(
                outputGradient.cast(to: .float32), input: input.cast(to: .float32), geometry: geometry,
                weightShape: weightShape)
        case .otherwise(.lastRowApart): return weightGradientByRows(outputGradient, input, geometry, weightShape)
        case .otherwise: return nil
        }
    }

    /// The gradient of all output rows but the last, plus that of the last row, which depends on the last rows of the
    /// input.
    func weightGradientByRows(
        _ outputGradient: Tensor, _ input: Tensor, _ geometry: ConvolutionGeometry, _ weightShape: Shape
    ) -> Tensor? {
        withoutGradients {
            let (last, height) = (outputGradient.shape[1] - 1, input.shape[1])
            let first = last * geometry.strides.height - geometry.padding.top
            guard last > 0, (0..<height).contains(first) else { return nil }
            var (upper, lower) = (geometry, geometry)
            // The end of the window of the second last row.
            let reach = first - geometry.strides.height + geometry.dilations.height * (weightShape[2] - 1) + 1
            upper.padding.bottom = max(reach - height, 0)
            lower.padding.top = 0
            guard
                let sum = convolutionWeightGradient(
                    outputGradient.slice(axis: 1, range: 0..<last),
                    input: reach < height ? input.slice(axis: 1, range: 0..<reach) : input, geometry: upper,
                    weightShape: weightShape),
                let rest = convolutionWeightGradient(
                    outputGradient.slice(axis: 1, range: last..<last + 1),
                    input: input.slice(axis: 1, range: first..<height), geometry: lower, weightShape: weightShape)
            else { return nil }
            return sum + rest
        }
    }

    /// Products with a bfloat16 operand; those of float32 are left to the next backend. See `Backend`.
    public func matrixProduct(
        _ product: MatrixProduct, left: Tensor, right: Tensor, bias: Tensor?
    ) -> Tensor? {
        // OpenBLAS is as fast in float32, but has no bfloat16.
        guard left.dataType == .bfloat16 || right.dataType == .bfloat16, left.dataType.isFloatingPoint,
            right.dataType.isFloatingPoint
        else { return nil }
        let key = ProductKey(
            product: product, leftType: left.dataType, rightType: right.dataType, hasBias: bias != nil)
        return runtime.withLock { runtime -> Tensor? in
            guard let primitive = runtime.product(key) else { return nil }
            let result = Tensor(
                uninitialized: [product.batch, product.rows, product.columns], dataType: product.dataType)
            var tensors = [left, right, result]
            if let bias { tensors.append(bias) }
            primitive.execute(tensors, runtime)
            return result
        }
    }
}

/// The scratch memory of one call, which nothing else uses meanwhile.
private struct ScratchMemory: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
}

/// A convolution with arguments of its own, of which the weight and the bias are set once.
private final class OneDNNConvolution: PreparedConvolution, @unchecked Sendable {
    // Sendable: everything that changes does so under the lock of the backend.
    private let primitive: Primitive
    private let arguments: PrimitiveArguments
    private let backend: OneDNNBackend
    private let residualIndex: Int
    /// What the arguments look at: their memory must stay.
    private let constants: [Tensor]
    /// What input, output and residual were set to last. They rarely change, and setting them takes oneDNN longer than
    /// a comparison.
    private var addresses: [UnsafeMutableRawPointer?] = [nil, nil, nil]

    init(_ primitive: Primitive, weight: Tensor, bias: Tensor?, _ backend: OneDNNBackend, _ runtime: OneDNNRuntime) {
        self.primitive = primitive
        self.backend = backend
        arguments = primitive.makeArguments(runtime)
        constants = [weight] + (bias.map { [$0] } ?? [])
        residualIndex = bias == nil ? 3 : 4
        arguments.set(1, to: weight.unsafePointer)
        if let bias { arguments.set(3, to: bias.unsafePointer) }
    }

    var scratchByteCount: Int { primitive.scratchByteCount }

    func run(_ input: Tensor, residual: Tensor?, into output: Tensor, scratch: UnsafeMutableRawPointer) {
        backend.run(self, input, residual: residual, into: output, scratch: ScratchMemory(address: scratch))
    }

    fileprivate func run(
        _ input: Tensor, residual: Tensor?, into output: Tensor, scratch: ScratchMemory, _ runtime: OneDNNRuntime
    ) {
        set(0, argument: 0, to: input)
        set(1, argument: 2, to: output)
        if let residual { set(2, argument: residualIndex, to: residual) }
        withExtendedLifetime((input, residual, output)) {
            primitive.execute(arguments, scratch: scratch.address, runtime)
        }
    }

    private func set(_ position: Int, argument: Int, to tensor: Tensor) {
        let address = tensor.unsafePointer
        guard addresses[position] != address else { return }
        arguments.set(argument, to: address)
        addresses[position] = address
    }
}

extension Tensor {
    /// `activation(self + residual)` in one pass.
    fileprivate func adding(_ residual: Tensor?, activation: Activation) -> Tensor {
        let (zeros, ones) = (Tensor.zeros([shape[-1]]), Tensor.ones([shape[-1]]))
        return withoutGradients {
            detached.batchNormalized(
                scale: ones, offset: zeros, statistics: .running(mean: zeros, variance: ones), epsilon: 0,
                activation: activation, residual: residual
            ).output
        }
    }
}

/// Registers the backend of this library.
public struct OneDNNPlugin: Plugin {
    /// `OneDNN`.
    public let name = "OneDNN"

    /// The plugin; there is nothing to set.
    public init() {}

    /// Registers the backend; see `Plugin`.
    public func register(into registry: Registry) throws {
        try registry.register(.backend, "onednn", summary: "convolutions and matrix products by oneDNN") {
            try OneDNNBackend()
        }
    }
}

/// Opens the backend for a program that links this library. The engine calls it; programs need not.
@_cdecl("nn_make_onednn")
public func makeLinkedOneDNNBackend() -> UnsafeMutableRawPointer? {
    LinkedBackend { () throws(EngineError) in try OneDNNBackend() }.retained()
}
