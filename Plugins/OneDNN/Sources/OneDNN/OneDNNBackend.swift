#if OneDNN
import COneDNN
import NNCore
import Synchronization

/// Convolutions and products of matrices by oneDNN, on plain `[N, H, W, C]` memory.
///
/// Every shape is compiled once, and kept. Weights are packed into the order that the code wants, and
/// the packed form is kept beside the weight until it changes.
public final class OneDNNBackend: Backend, @unchecked Sendable {
    // Sendable: the runtime is used under the lock only.
    public let name = "onednn"
    public let details: String
    private let runtime: OneDNNRuntime
    private let lock = Mutex(())

    /// Opens oneDNN.
    /// - Throws: `EngineError` with the remedy where it is not installed.
    public init() throws(EngineError) {
        runtime = try OneDNNRuntime()
        let version = runtime.library.version()!.pointee
        details =
            "oneDNN \(version.major).\(version.minor).\(version.patch), "
            + Self.name(of: runtime.library.effectiveISA())
    }

    /// The plain name of an instruction set.
    private static func name(of isa: dnnl_cpu_isa_t) -> String {
        switch isa {
        case dnnl_cpu_isa_avx512_core_amx: "AVX-512 with AMX and bfloat16"
        case dnnl_cpu_isa_avx512_core_bf16: "AVX-512 with bfloat16"
        case dnnl_cpu_isa_avx512_core_vnni: "AVX-512 with VNNI"
        case dnnl_cpu_isa_avx512_core: "AVX-512"
        case dnnl_cpu_isa_avx2, dnnl_cpu_isa_avx2_vnni: "AVX2"
        default: "SSE or AVX"
        }
    }

    public func convolution(
        _ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue
    ) -> Tensor? {
        let size = geometry.outputSize(
            input: Size(height: input.shape[1], width: input.shape[2]),
            kernel: Size(height: weight.shape[2], width: weight.shape[3]))
        let outputShape: Shape = [input.shape[0], size.height, size.width, weight.shape[0]]
        let key = ConvolutionKey(
            direction: .forward(
                hasBias: epilogue.bias != nil, hasResidual: epilogue.residual != nil, activation: epilogue.activation),
            geometry: geometry, inputShape: input.shape, outputShape: outputShape, weightShape: weight.shape,
            dataType: input.dataType)
        return lock.withLock { _ -> Tensor? in
            guard let primitive = runtime.convolution(key) else { return nil }
            let packed = packedWeight(weight, key: key, descriptor: primitive.descriptors[1])
            let output = Tensor(uninitialized: outputShape, dataType: input.dataType)
            var pointers = [input.unsafePointer, packed.unsafePointer, output.unsafePointer]
            if let bias = epilogue.bias { pointers.append(bias.unsafePointer) }
            if let residual = epilogue.residual { pointers.append(residual.unsafePointer) }
            primitive.execute(pointers, runtime: runtime)
            return output
        }
    }

    public func convolutionInputGradient(
        _ outputGradient: Tensor, weight: Tensor, geometry: ConvolutionGeometry, inputShape: Shape
    ) -> Tensor? {
        let key = ConvolutionKey(
            direction: .inputGradient, geometry: geometry, inputShape: inputShape, outputShape: outputGradient.shape,
            weightShape: weight.shape, dataType: outputGradient.dataType)
        return lock.withLock { _ -> Tensor? in
            guard let primitive = runtime.convolution(key) else { return nil }
            let packed = packedWeight(weight, key: key, descriptor: primitive.descriptors[1])
            let gradient = Tensor(uninitialized: inputShape, dataType: outputGradient.dataType)
            primitive.execute(
                [outputGradient.unsafePointer, packed.unsafePointer, gradient.unsafePointer], runtime: runtime)
            return gradient
        }
    }

    public func convolutionWeightGradient(
        _ outputGradient: Tensor, input: Tensor, geometry: ConvolutionGeometry, weightShape: Shape
    ) -> Tensor? {
        let key = ConvolutionKey(
            direction: .weightGradient, geometry: geometry, inputShape: input.shape, outputShape: outputGradient.shape,
            weightShape: weightShape, dataType: input.dataType)
        return lock.withLock { _ -> Tensor? in
            guard let primitive = runtime.convolution(key) else { return nil }
            let descriptor = primitive.descriptors[2]
            let packed = Tensor(uninitialized: [runtime.byteCount(descriptor) / DataType.float32.byteCount])
            primitive.execute(
                [input.unsafePointer, outputGradient.unsafePointer, packed.unsafePointer], runtime: runtime)
            if runtime.areEqual(plainWeight(key), descriptor) { return packed.reshaped(weightShape) }
            let gradient = Tensor(uninitialized: weightShape)
            WeightOrder(dimensions: key.weightDimensions, descriptor: descriptor).unpack(packed, into: gradient)
            return gradient
        }
    }

    public func matrixProduct(
        _ product: MatrixProduct, left: Tensor, right: Tensor, bias: Tensor?
    ) -> Tensor? {
        // OpenBLAS is as fast in float32; what it lacks is bfloat16.
        guard left.dataType == .bfloat16 || right.dataType == .bfloat16, left.dataType.isFloatingPoint,
            right.dataType.isFloatingPoint
        else { return nil }
        let key = ProductKey(
            product: product, leftType: left.dataType, rightType: right.dataType, hasBias: bias != nil)
        return lock.withLock { _ -> Tensor? in
            guard let primitive = runtime.product(key) else { return nil }
            let result = Tensor(
                uninitialized: [product.batch, product.rows, product.columns], dataType: product.dataType)
            var pointers = [left.unsafePointer, right.unsafePointer, result.unsafePointer]
            if let bias { pointers.append(bias.unsafePointer) }
            primitive.execute(pointers, runtime: runtime)
            return result
        }
    }

    /// The order of a weight as it is saved: `[O, I, H, W]` in float32.
    private func plainWeight(_ key: ConvolutionKey) -> dnnl_memory_desc_t {
        let dimensions = key.weightDimensions
        return .dense(
            dimensions, strides: Shape(dimensions).strides, dataType: .float32, library: runtime.library)
    }

    private func packedWeight(_ weight: Tensor, key: ConvolutionKey, descriptor: dnnl_memory_desc_t) -> Tensor {
        if runtime.areEqual(plainWeight(key), descriptor) { return weight }
        return weight.packedForms.form(for: MemoryOrder(descriptor)) {
            let packed = Tensor(uninitialized: [runtime.byteCount(descriptor)], dataType: .uint8)
            WeightOrder(dimensions: key.weightDimensions, descriptor: descriptor).pack(weight, into: packed)
            return packed
        }
    }
}
#endif
