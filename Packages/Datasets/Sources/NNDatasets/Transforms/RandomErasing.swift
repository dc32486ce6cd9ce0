import Foundation
import NNLayers

/// Erases a random rectangle of images, so that a network cannot rely on one detail (Zhong et al. 2020).
///
/// A rectangle that does not fit is drawn again, up to ten times; after that the image stays as it is, as in torchvision.
public struct RandomErasing: Transform, BuildableOptions {
    /// The probability of a change. By default 0.5.
    public var probability: Float = 0.5
    /// The smallest area of the rectangle, as a fraction of that of the image. By default 0.02.
    public var minimumArea: Float = 0.02
    /// The largest, at most 1. By default 0.33.
    public var maximumArea: Float = 0.33
    /// The smallest aspect ratio of the rectangle: its height divided by its width. By default 0.3.
    public var minimumRatio: Float = 0.3
    /// The largest, at most 100. By default 3.3.
    public var maximumRatio: Float = 3.3
    /// What replaces the rectangle: `noise`, or a value from 0 to 255 in every channel. By default noise.
    public var fill = Fill.noise
    /// The mask in the rectangle: `keep`, so that what is hidden is predicted from its surroundings, or `ignore`, so that
    /// it does not count. By default keep.
    public var mask = MaskRule.keep
    /// The ignored label of masks. Configurations take it from the data set.
    public var ignoreIndex: Int?

    private enum CodingKeys: CodingKey {
        case probability, minimumArea, maximumArea, minimumRatio, maximumRatio, fill, mask
    }

    private static let retryCount = 10

    /// What becomes of the mask where an image is erased.
    public enum MaskRule: String, Sendable, Codable, CaseIterable {
        /// It stays.
        case keep
        /// It gets the ignored label.
        case ignore
    }

    /// What a rectangle is filled with.
    public enum Fill: Hashable, Sendable, Codable {
        /// Values of equal probability, another for each pixel and channel.
        case noise
        /// One value in every channel.
        case value(UInt8)

        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(UInt8.self) {
                self = .value(value)
            } else if let word = try? container.decode(String.self), word == "noise" {
                self = .noise
            } else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "expected 'noise', or a value from 0 to 255")
            }
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .noise: try container.encode("noise")
            case .value(let value): try container.encode(value)
            }
        }
    }

    public var imageSupport: ImageSupport { .anyChannels }

    public init() {}

    /// - Parameters:
    ///   - probability: The probability of a change.
    ///   - area: The range of the rectangle's area, as a fraction of that of the image.
    ///   - ratio: The range of the rectangle's aspect ratio, its height divided by its width.
    ///   - fill: What replaces the rectangle.
    ///   - mask: What becomes of the mask in the rectangle.
    ///   - ignoreIndex: The ignored label of masks; required to ignore the rectangle.
    public init(
        probability: Float = 0.5, area: ClosedRange<Float> = 0.02...0.33, ratio: ClosedRange<Float> = 0.3...3.3,
        fill: Fill = .noise, mask: MaskRule = .keep, ignoreIndex: Int? = nil
    ) {
        self.probability = probability
        minimumArea = area.lowerBound
        maximumArea = area.upperBound
        minimumRatio = ratio.lowerBound
        maximumRatio = ratio.upperBound
        self.fill = fill
        self.mask = mask
        self.ignoreIndex = ignoreIndex
        requireOptions("RandomErasing", validate)
    }

    public func validate() throws {
        try check("probability", probability, .fraction)
        try checkBounds("area", minimumArea, maximumArea, above: 0, atMost: 1)
        try checkBounds("ratio", minimumRatio, maximumRatio, above: 0, atMost: 100)
    }

    public func build(_ environment: TransformEnvironment, in registry: Registry) throws -> any Transform {
        var result = self
        result.ignoreIndex = environment.ignoreIndex.flatMap { 0...255 ~= $0 ? $0 : nil }
        if mask == .ignore, environment.task.isDense, result.ignoreIndex == nil {
            throw OptionError("mask", "must be 'keep' for masks of a data set without an ignore index")
        }
        return result
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        guard Float(random.unit()) < probability else { return sample }
        let whole = sample.image.size
        for _ in 0..<Self.retryCount {
            let area = random.number(in: minimumArea...maximumArea)
            // A ratio and its reciprocal are equally likely.
            let ratio = exp(random.number(in: log(minimumRatio)...log(maximumRatio)))
            guard let part = Self.rectangle(area: area, ratio: ratio, of: whole) else { continue }
            let top = random.index(below: whole.height - part.height + 1)
            let left = random.index(below: whole.width - part.width + 1)
            var result = sample
            switch fill {
            case .noise:
                let key = RandomKey(seed: random.next())
                result.image.fill(top: top, left: left, size: part, with: .noise(key))
            case .value(let value): result.image.fill(top: top, left: left, size: part, with: .value(value))
            }
            if mask == .ignore, case .mask(var labels) = sample.target {
                let label = try sample.labelOfAddedPixels(ignoreIndex)
                labels.fill(top: top, left: left, size: part, with: .value(label))
                result.target = .mask(labels)
            }
            return result
        }
        return sample
    }

    /// The size of a rectangle; nil where it is empty, or a side is not shorter than that of the image.
    static func rectangle(area: Float, ratio: Float, of whole: Size) -> Size? {
        let pixels = Double(whole.area) * Double(area)
        let height = Int((pixels * Double(ratio)).squareRoot().rounded(.toNearestOrEven))
        let width = Int((pixels / Double(ratio)).squareRoot().rounded(.toNearestOrEven))
        guard 1..<whole.height ~= height, 1..<whole.width ~= width else { return nil }
        return Size(height: height, width: width)
    }
}
