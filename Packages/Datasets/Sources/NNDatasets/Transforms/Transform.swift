import NNLayers

/// A change of samples, such as a crop or a flip, before they become part of a batch.
///
/// What it draws of `random` is all that it may differ by: the same sample in the same epoch of the
/// same seed is changed alike on any thread and after any interruption, and in another way where a
/// sampler draws it once more. A mask is moved with its
/// picture, and its class indices are never blended.
///
/// ```swift
/// struct Grey: Transform, ComponentOptions {
///     func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample { ... }
/// }
/// try registry.register(.transform, "grey", summary: "No colours", options: Grey.self) { grey, _ in grey }
/// ```
public protocol Transform: Sendable {
    /// Whether all of a picture is still to be seen afterwards, and nothing has gone to another side of it; false
    /// for crops, mirroring and rotation.
    var keepsLayout: Bool { get }

    /// Changes one sample.
    /// - Throws: ``ImageError`` where it cannot be done with this image.
    func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample
}

extension Transform {
    public var keepsLayout: Bool { true }
}

/// What a transform must know of the data.
public struct TransformEnvironment: Sendable {
    public var task: PredictionTask
    /// The label of pixels that do not count, which new pixels around a mask get.
    public var ignoreIndex: Int?

    public init(task: PredictionTask, ignoreIndex: Int? = nil) {
        self.task = task
        self.ignoreIndex = ignoreIndex
    }
}

extension ComponentKind<TransformEnvironment, any Transform> {
    /// Changes of samples.
    public static var transform: Self { Self("transform") }
}

/// A size as a configuration writes it: one number for a square, or a list of height and width.
public struct SizeOption: Codable, Hashable, Sendable, ExpressibleByIntegerLiteral {
    public var size: Size

    public init(_ size: Size) { self.size = size }
    public init(integerLiteral value: Int) { size = Size(value) }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let length = try? container.decode(Int.self) {
            size = Size(length)
        } else if let lengths = try? container.decode([Int].self), lengths.count == 2 {
            size = Size(height: lengths[0], width: lengths[1])
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected a length in pixels, or a list of height and width")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if size.height == size.width {
            try container.encode(size.height)
        } else {
            try container.encode([size.height, size.width])
        }
    }

    /// Refuses sizes without pixels, which are also the defaults of sizes that must be given.
    func validate(_ option: String = "size") throws(OptionError) {
        if size.height < 1 || size.width < 1 {
            throw OptionError(option, "must be a length in pixels of 1 or more, or a list of height and width")
        }
        if max(size.height, size.width) > 65_536 || size.area > Image.maximumPixelCount {
            throw OptionError(option, "\(size) is more than \(Image.maximumPixelCount) pixels or 65536 a side")
        }
    }
}

extension OptionError {
    /// Refuses what is no probability.
    static func requireProbability(_ value: Float, _ option: String) throws(OptionError) {
        guard 0...1 ~= value else { throw OptionError(option, "must be a probability from 0 to 1, not \(value)") }
    }

    /// Refuses bounds that do not follow each other or lie outside of a range.
    /// - Parameter option: the key without `minimum_` and `maximum_`.
    static func requireBounds(
        _ minimum: Float, _ maximum: Float, _ option: String, above least: Float, atMost most: Float
    ) throws(OptionError) {
        guard minimum > least, minimum <= most else {
            throw OptionError("minimum_\(option)", "must be above \(least) and at most \(most), not \(minimum)")
        }
        guard maximum >= minimum, maximum <= most else {
            throw OptionError("maximum_\(option)", "must be from \(minimum) to \(most), not \(maximum)")
        }
    }
}

extension TransformEnvironment {
    /// The label of pixels that a transform adds to masks; nil where there are no masks.
    /// - Throws: `OptionError` where there are masks and their data set has no ignore index.
    func labelOfNewPixels(for transform: String) throws(OptionError) -> UInt8? {
        let label = ignoreIndex.flatMap { UInt8(exactly: $0) }
        if task == .segmentation, label == nil {
            throw OptionError(
                "type", "is '\(transform)', which adds pixels to masks; that needs a data set with an ignore index")
        }
        return label
    }
}
