import NNDatasets
import NNLayers

/// Fills a square of images with one value, so that a network cannot rely on one detail (DeVries and Taylor 2017).
///
/// The square lies around any pixel and may reach beyond the image. Masks are kept: what is hidden is to be predicted from
/// its surroundings.
public struct Cutout: Transform, BuildableOptions {
    /// The side of the square, as a fraction of the shorter side of the image.
    public var side: Float = 0.5
    /// The probability that an image is changed.
    public var probability: Float = 0.5
    /// The value of the square in every channel.
    public var fill: UInt8 = 128

    /// The defaults.
    public init() {}

    /// - Parameters:
    ///   - side: The side of the square, as a fraction of the shorter side of the image.
    ///   - probability: The probability that an image is changed.
    ///   - fill: The value of the square in every channel.
    public init(side: Float = 0.5, probability: Float = 0.5, fill: UInt8 = 128) {
        self.side = side
        self.probability = probability
        self.fill = fill
        requireOptions("Cutout", validate)
    }

    public func validate() throws {
        try check("side", side, .fraction)
        try check("probability", probability, .fraction)
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        guard Float(random.unit()) < probability else { return sample }
        let size = sample.image.size
        let length = Int(side * Float(min(size.height, size.width)))
        func range(_ count: Int) -> Range<Int> {
            let first = random.index(below: count) - length / 2
            return max(first, 0)..<min(first + length, count)
        }
        let (rows, columns) = (range(size.height), range(size.width))
        guard !rows.isEmpty, !columns.isEmpty else { return sample }
        var result = sample
        result.image.fill(
            top: rows.lowerBound, left: columns.lowerBound, size: Size(height: rows.count, width: columns.count),
            with: .value(fill))
        return result
    }
}
