import CNNKernels

/// A weight in 8 bits, symmetric and with a scale for each output channel: the byte b stands for `(b - 128) · scale`.
///
/// Values are from -127 to 127, so that a sign can be changed.
public struct QuantizedWeight: Sendable {
    /// `[O, I, H, W]` of a convolution or `[O, I]` of a linear layer, uint8: from 1 to 255, where 128 is 0.
    public let bytes: Tensor
    /// `[O]`, float32.
    public let scales: Tensor

    /// A weight from its parts.
    /// - Parameters:
    ///   - bytes: `[O, ...]`, uint8, from 1 to 255.
    ///   - scales: `[O]`, float32, positive.
    public init(bytes: Tensor, scales: Tensor) {
        let hasScales = bytes.rank > 0 && scales.specification == TensorSpecification(shape: [bytes.shape[0]])
        require(
            bytes.dataType == .uint8 && hasScales,
            "QuantizedWeight: bytes \(bytes.specification) and scales \(scales.specification)")
        self.bytes = bytes.detached
        self.scales = scales.detached
    }

    /// The nearest bytes of a weight, with the largest magnitude of each output channel at 127.
    /// - Parameter weight: `[O, ...]`, float32, finite.
    public init(_ weight: Tensor) {
        require(
            weight.dataType == .float32 && weight.rank > 0 && weight.isFinite,
            "QuantizedWeight: takes finite float32 values, not \(weight.specification)")
        let outputs = weight.shape[0]
        let length = weight.elementCount / max(outputs, 1)
        let values = weight.floats
        var bytes = [UInt8](repeating: 128, count: values.count)
        var scales = [Float](repeating: 1, count: outputs)
        for output in 0..<outputs {
            let filter = output * length..<(output + 1) * length
            let largest = values[filter].reduce(0) { max($0, abs($1)) }
            // A channel of zeros, or of what is nearly none, has no scale of its own.
            guard largest >= 0x1p-100 else { continue }
            scales[output] = largest / 127
            for index in filter {
                let rounded = (values[index] / scales[output]).rounded(.toNearestOrEven)
                bytes[index] = UInt8(128 + Int(min(max(rounded, -127), 127)))
            }
        }
        self.init(bytes: Tensor(bytes, shape: weight.shape), scales: Tensor(scales))
    }

    /// The float32 values that the bytes stand for.
    public var dequantized: Tensor {
        let result = Tensor(uninitialized: bytes.shape)
        let length = bytes.elementCount / max(bytes.shape[0], 1)
        let (from, to) = (bytes.scalars(as: UInt8.self), result.floatPointer)
        for (output, scale) in scales.floats.enumerated() {
            for index in output * length..<(output + 1) * length { to[index] = (Float(from[index]) - 128) * scale }
        }
        return result
    }

    /// The most products of one output that sums of 32 bits hold.
    static let depthLimit = Int(NN_QUANTIZED_DEPTH_LIMIT)

    /// Whether sums of 32 bits hold the products of each output.
    public static func canHold(_ weight: Shape) -> Bool { weight.dropFirst().reduce(1, *) <= depthLimit }
}

/// Filters and bias of a convolution in 8 bits, into which the normalization that follows was multiplied.
struct QuantizedFilters: Sendable {
    let weight: QuantizedWeight
    /// `[O]`, int32: in units of the scale of the images times that of each filter.
    let bias: Tensor

    private struct Key: Hashable, Sendable {
        let shape: Shape
        let images: AffineQuantization
    }

    /// The largest magnitude of a bias, beside which the sums have room.
    fileprivate static let largestBias: Float = 0x1p30 - 64

    /// The form that is kept with the weight.
    static func kept(
        with weight: QuantizedWeight, bias: Tensor?, normalization: ChannelNormalization?, images: AffineQuantization
    ) -> QuantizedFilters {
        let sources = Self.sources(weight, bias, normalization)
        let form = weight.bytes.packedForms.form(
            for: Key(shape: weight.bytes.shape, images: images),
            isCurrent: { (form: QuantizedFilters.Form) in
                form.epsilon == normalization?.epsilon && form.sources.count == sources.count
                    && zip(form.sources, sources).allSatisfy { $0.storage === $1.storage }
            },
            make: { Form(weight, bias: bias, normalization: normalization, images: images) })
        let filters = QuantizedWeight(bytes: form.changedBytes ?? weight.bytes, scales: form.scales)
        return QuantizedFilters(weight: filters, bias: form.bias)
    }

    fileprivate static func sources(
        _ weight: QuantizedWeight, _ bias: Tensor?, _ normalization: ChannelNormalization?
    ) -> [Tensor] {
        let statistics = normalization.map { [$0.scale, $0.offset, $0.runningMean, $0.runningVariance] } ?? []
        return ([weight.scales] + [bias].compactMap { $0 } + statistics).map(\.detached)
    }
}

extension QuantizedFilters {
    /// What is kept beside the weight, and does not hold it, which would keep both forever.
    fileprivate struct Form: Sendable {
        /// nil where the bytes are those of the weight.
        let changedBytes: Tensor?
        let scales: Tensor
        let bias: Tensor
        /// What it was made from, kept alive so that an equal storage means equal values.
        let sources: [Tensor]
        let epsilon: Float?

        init(
            _ weight: QuantizedWeight, bias: Tensor?, normalization: ChannelNormalization?, images: AffineQuantization
        ) {
            sources = QuantizedFilters.sources(weight, bias, normalization)
            epsilon = normalization?.epsilon
            let outputs = weight.bytes.shape[0]
            var factors = [Float](repeating: 1, count: outputs)
            var biases = bias?.floats ?? [Float](repeating: 0, count: outputs)
            if let normalization {
                factors = zip(normalization.scale.floats, normalization.runningVariance.floats)
                    .map { $0 / ($1 + normalization.epsilon).squareRoot() }
                let (means, offsets) = (normalization.runningMean.floats, normalization.offset.floats)
                biases = factors.indices.map { (biases[$0] - means[$0]) * factors[$0] + offsets[$0] }
            }
            require(
                biases.allSatisfy(\.isFinite) && factors.allSatisfy(\.isFinite),
                "QuantizedFilters: a bias or a normalization is not finite")
            var scales = weight.scales.floats
            let plain = weight.bytes.scalars(as: UInt8.self)
            var bytes = plain
            let length = bytes.count / max(outputs, 1)
            for output in 0..<outputs {
                let filter = output * length..<(output + 1) * length
                // A negative factor turns the signs, so that scales stay positive.
                if factors[output] < 0 { for index in filter { bytes[index] = 0 &- bytes[index] } }
                scales[output] *= abs(factors[output])
                let least = max(abs(biases[output]) / (images.scale * QuantizedFilters.largestBias), 0x1p-120)
                if !(scales[output] >= least) {
                    // Products that are nothing beside the bias, such as those of a channel that was normalized away.
                    for index in filter { bytes[index] = 128 }
                    scales[output] = least
                }
            }
            let limit = QuantizedFilters.largestBias
            let units = zip(biases, scales).map { bias, scale -> Int32 in
                let unit = images.scale * scale
                // Of two scales that are nearly nothing, so that the sums are nothing, too.
                guard unit > 0 else { return 0 }
                return Int32(min(max((bias / unit).rounded(.toNearestOrEven), -limit), limit))
            }
            changedBytes = bytes == plain ? nil : Tensor(bytes, shape: weight.bytes.shape)
            self.scales = Tensor(scales)
            self.bias = Tensor(units)
        }
    }
}
