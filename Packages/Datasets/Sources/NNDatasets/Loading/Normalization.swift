import CNNImages
import NNLayers

/// Normalizes pixels from 0 ... 255 to the range that a network expects: `(pixel / 255 - mean) / deviation`.
public struct Normalization: ComponentOptions, Hashable {
    /// The mean of each of 3 channels, on the scale from 0 to 1 and in the order after the transforms. By default 0.
    public var mean: [Float] = [0, 0, 0]
    /// The standard deviation of each channel, on the same scale. By default 1.
    public var standardDeviation: [Float] = [1, 1, 1]

    /// Pixels on the scale from 0 to 1.
    public init() {}

    /// - Parameters:
    ///   - mean: The mean of each of 3 channels, on the scale from 0 to 1.
    ///   - standardDeviation: The standard deviation of each channel, above 0.
    public init(mean: [Float], standardDeviation: [Float]) {
        self.mean = mean
        self.standardDeviation = standardDeviation
        requireOptions("Normalization", validate)
    }

    public func validate() throws {
        for (name, values) in [("mean", mean), ("standard_deviation", standardDeviation)] where values.count != 3 {
            throw OptionError(name, "must be 3 numbers, for red, green and blue, not \(values.count)")
        }
        if let index = mean.firstIndex(where: { !$0.isFinite }) {
            throw OptionError("mean.\(index)", "must be a finite number, not \(mean[index])")
        }
        if let index = standardDeviation.firstIndex(where: { !($0 > 0 && $0.isFinite) }) {
            throw OptionError("standard_deviation.\(index)", "must be above 0, not \(standardDeviation[index])")
        }
    }

    /// The normalized pixels of an RGB image, `[1, H, W, 3]`.
    /// - Parameter dataType: float32 or bfloat16.
    public func tensor(of image: Image, as dataType: DataType = .float32) -> Tensor {
        var result = Tensor(uninitialized: [1, image.height, image.width, 3], dataType: dataType)
        result.withUnsafeMutableBytes { write(image, to: $0, as: dataType) }
        return result
    }

    /// Writes the normalized pixels of an RGB image.
    /// - Parameters:
    ///   - output: The memory of the image in a batch, `[H, W, 3]`.
    ///   - dataType: float32 or bfloat16.
    func write(_ image: Image, to output: UnsafeMutableRawBufferPointer, as dataType: DataType) {
        require(image.channels == 3, "Normalization: an image of \(image.channels) channels")
        require(
            output.count == 3 * image.size.area * dataType.byteCount,
            "Normalization: \(image.size) pixels into \(output.count) bytes")
        let scale = standardDeviation.map { 1 / (255 * $0) }
        let offset = zip(mean, standardDeviation).map { -$0 / $1 }
        let area = Int64(image.size.area)
        guard let output = output.baseAddress else { return }
        if dataType == .bfloat16 {
            nn_normalize_bf16(output.assumingMemoryBound(to: UInt16.self), image.pixels, area, scale, offset)
        } else {
            nn_normalize_f32(output.assumingMemoryBound(to: Float.self), image.pixels, area, scale, offset)
        }
    }
}
