import CNNImages
import NNLayers

/// Normalizes pixels to the range that a network expects: `(pixel / 255 - mean) / deviation`, or `(value - mean) /
/// deviation` for images of floats.
public struct Normalization: ComponentOptions, Hashable {
    /// The mean of each channel, on the scale from 0 to 1 and in the order after the transforms. By default 0, of 3 channels.
    public var mean: [Float] = [0, 0, 0]
    /// The standard deviation of each channel, on the same scale. By default 1.
    public var standardDeviation: [Float] = [1, 1, 1]

    /// Pixels of 3 channels on the scale from 0 to 1.
    public init() {}

    /// Pixels on the scale from 0 to 1.
    /// - Parameter channels: Their number of channels.
    public init(channels: Int) {
        self.init(
            mean: [Float](repeating: 0, count: channels), standardDeviation: [Float](repeating: 1, count: channels))
    }

    /// - Parameters:
    ///   - mean: The mean of each channel, on the scale from 0 to 1.
    ///   - standardDeviation: The standard deviation of each channel, above 0.
    public init(mean: [Float], standardDeviation: [Float]) {
        self.mean = mean
        self.standardDeviation = standardDeviation
        requireOptions("Normalization", validate)
    }

    /// The number of channels.
    public var channels: Int { mean.count }

    public func validate() throws {
        guard 1...Image.maximumChannels ~= mean.count else {
            throw OptionError("mean", "must be a number for each channel, such as 3 for red, green and blue")
        }
        if standardDeviation.count != mean.count {
            // Where one of them is left out it has three.
            let counts = [("mean", mean.count), ("standard_deviation", standardDeviation.count)]
            let (wrong, other) = mean.count == 3 ? (counts[1], counts[0]) : (counts[0], counts[1])
            throw OptionError(
                wrong.0,
                "must be as many numbers as '\(other.0)' has, one for each channel: \(other.1), not \(wrong.1)")
        }
        if let index = mean.firstIndex(where: { !$0.isFinite }) {
            throw OptionError("mean.\(index)", "must be a finite number, not \(mean[index])")
        }
        if let index = standardDeviation.firstIndex(where: { !($0 > 0 && $0.isFinite) }) {
            throw OptionError("standard_deviation.\(index)", "must be above 0, not \(standardDeviation[index])")
        }
    }

    /// The normalized pixels of an image, `[1, H, W, C]`.
    /// - Parameter dataType: float32 or bfloat16.
    public func tensor(of image: Image, as dataType: DataType = .float32) -> Tensor {
        var result = Tensor(uninitialized: [1, image.height, image.width, channels], dataType: dataType)
        result.withUnsafeMutableBytes { write(image, to: $0, as: dataType) }
        return result
    }

    /// Writes the normalized pixels of an image.
    /// - Parameters:
    ///   - output: The memory of the image in a batch, `[H, W, C]`.
    ///   - dataType: float32 or bfloat16.
    func write(_ image: Image, to output: UnsafeMutableRawBufferPointer, as dataType: DataType) {
        require(
            image.channels == channels,
            "Normalization: an image of \(image.channels) channels by \(channels) means")
        require(
            output.count == channels * image.size.area * dataType.byteCount,
            "Normalization: \(image.size) pixels into \(output.count) bytes")
        guard let output = output.baseAddress else { return }
        let offset = zip(mean, standardDeviation).map { -$0 / $1 }
        let (area, count) = (Int64(image.size.area), Int64(channels))
        let floats = output.assumingMemoryBound(to: Float.self)
        let halves = output.assumingMemoryBound(to: UInt16.self)
        if let values = image.floats {
            let scale = standardDeviation.map { 1 / $0 }
            if dataType == .bfloat16 {
                nn_normalize_floats_bf16(halves, values, area, count, scale, offset)
            } else {
                nn_normalize_floats_f32(floats, values, area, count, scale, offset)
            }
            return
        }
        let scale = standardDeviation.map { 1 / (255 * $0) }
        switch (channels == 3, dataType == .bfloat16) {
        case (true, true): nn_normalize_bf16(halves, image.pixels, area, scale, offset)
        case (true, false): nn_normalize_f32(floats, image.pixels, area, scale, offset)
        case (false, true): nn_normalize_bytes_bf16(halves, image.pixels, area, count, scale, offset)
        case (false, false): nn_normalize_bytes_f32(floats, image.pixels, area, count, scale, offset)
        }
    }
}
