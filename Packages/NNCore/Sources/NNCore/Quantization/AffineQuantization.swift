import CNNKernels

/// How activations are kept in 8 bits: the byte q stands for `(q - zeroPoint) · scale`.
///
/// Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference".
public struct AffineQuantization: Hashable, Sendable, Codable {
    /// The distance between neighbouring values.
    public let scale: Float
    /// The byte that stands for 0, from 0 to 255.
    public let zeroPoint: Int

    /// - Parameters:
    ///   - scale: A positive number of at least 2^-120, so that there is one over it.
    ///   - zeroPoint: The byte that stands for 0, from 0 to 255.
    public init(scale: Float, zeroPoint: Int) {
        if let problem = Self.problem(scale: scale, zeroPoint: zeroPoint) { trap("AffineQuantization: \(problem)") }
        self.scale = scale
        self.zeroPoint = zeroPoint
    }

    /// The finest one that has all values of a range, and 0, which padding needs.
    public init(covering range: ClosedRange<Float>) {
        let isFinite = range.lowerBound.isFinite && range.upperBound.isFinite
        require(isFinite, "AffineQuantization: the range \(range) is not finite")
        let (lower, upper) = (min(range.lowerBound, 0), max(range.upperBound, 0))
        // Divided before they are subtracted, since the difference may be too large.
        let scale = max(upper / 255 - lower / 255, Self.leastScale)
        self.init(scale: scale, zeroPoint: Int(min(max((-lower / scale).rounded(.toNearestOrEven), 0), 255)))
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        scale = try container.decode(Float.self, forKey: .scale)
        zeroPoint = try container.decode(Int.self, forKey: .zeroPoint)
        if let problem = Self.problem(scale: scale, zeroPoint: zeroPoint) {
            throw DecodingError.dataCorruptedError(forKey: .scale, in: container, debugDescription: problem)
        }
    }

    private static let leastScale: Float = 0x1p-120

    private static func problem(scale: Float, zeroPoint: Int) -> String? {
        guard scale >= leastScale, scale.isFinite else { return "the scale \(scale) must be positive and finite" }
        return 0...255 ~= zeroPoint ? nil : "the zero point \(zeroPoint) must be from 0 to 255"
    }

    /// In the terms of the kernels.
    var affine: nn_affine { nn_affine(scale: scale, zero_point: Int32(zeroPoint)) }
}

extension Tensor {
    /// The nearest bytes of float32 values, ties to even. Values beyond the range become its ends, and NaN byte 0.
    /// - Returns: uint8 of the same shape. No gradient is recorded.
    public func quantized(by quantization: AffineQuantization) -> Tensor {
        Quantize(quantization: quantization).apply(to: [detached])[0]
    }

    /// The float32 values that bytes stand for.
    /// - Returns: float32 of the same shape.
    public func dequantized(by quantization: AffineQuantization) -> Tensor {
        require(dataType == .uint8, "dequantized: takes uint8, not \(dataType)")
        let result = Tensor(uninitialized: shape)
        nn_dequantize(
            unsafePointer.assumingMemoryBound(to: UInt8.self), Int64(elementCount), quantization.affine,
            result.floatPointer)
        return result
    }
}

/// Rounds float32 to bytes.
struct Quantize: PlacedOperation {
    let name = "quantize"
    let quantization: AffineQuantization

    var attributes: [String: OperationAttribute] {
        ["scale": .float(quantization.scale), "zero_point": .int(quantization.zeroPoint)]
    }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        try inputs[0].requireFloat32("input", for: name)
        return [TensorSpecification(shape: inputs[0].shape, dataType: .uint8)]
    }

    func writer(for inputs: [TensorSpecification]) -> ResultWriter? {
        { [quantization] inputs, results in
            nn_quantize(
                inputs[0].floatPointer, Int64(inputs[0].elementCount), quantization.affine,
                results[0].unsafePointer.assumingMemoryBound(to: UInt8.self))
        }
    }

    func backward(context: inout BackwardContext) -> [Tensor?] { [nil] }
}
