import NNDatasets
import NNLayers

/// Fills a random rectangle of images with one value, so that a network cannot rely on one detail (Zhong et al. 2020).
/// Masks are kept: what is hidden is to be predicted from its surroundings.
public struct RandomErasing: Transform, BuildableOptions {
    /// The probability that an image is changed.
    public var probability: Float = 0.5
    /// The smallest part of the image that is erased.
    public var minimumArea: Float = 0.02
    /// The largest part of the image that is erased.
    public var maximumArea: Float = 0.33
    /// The value of erased pixels in every channel.
    public var fill: UInt8 = 128

    /// The defaults.
    public init() {}

    /// - Parameters:
    ///   - probability: The probability that an image is changed.
    ///   - minimumArea: The smallest part of the image that is erased, above 0.
    ///   - maximumArea: The largest part of the image that is erased, up to 1.
    ///   - fill: The value of erased pixels in every channel.
    public init(
        probability: Float = 0.5, minimumArea: Float = 0.02, maximumArea: Float = 0.33, fill: UInt8 = 128
    ) {
        self.probability = probability
        self.minimumArea = minimumArea
        self.maximumArea = maximumArea
        self.fill = fill
        requireOptions("RandomErasing", validate)
    }

    public func validate() throws {
        try check("probability", probability, .fraction)
        try checkBounds("area", minimumArea, maximumArea, above: 0, atMost: 1)
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        guard Float(random.unit()) < probability else { return sample }
        let part = Double(minimumArea) + Double(maximumArea - minimumArea) * random.unit()
        // A ratio of height and width from 1:3 to 3:1, as in the paper.
        let ratio = 1 / 3 + (3 - 1 / 3) * random.unit()
        let area = part * Double(sample.image.size.area)
        let height = min(max(Int((area * ratio).squareRoot()), 1), sample.image.height)
        let width = min(max(Int((area / ratio).squareRoot()), 1), sample.image.width)
        let top = random.index(below: sample.image.height - height + 1)
        let left = random.index(below: sample.image.width - width + 1)
        var result = sample
        let (columns, channels) = (sample.image.width, sample.image.channels)
        result.image.withUnsafeMutablePixels { pixels in
            for row in top..<top + height {
                for byte in (row * columns + left) * channels..<(row * columns + left + width) * channels {
                    pixels[byte] = fill
                }
            }
        }
        return result
    }
}
