import NNLayers

/// A change of samples before they are batched, such as a crop or a flip.
///
/// A transform may vary by nothing but its draws from `random`: a sample of an epoch and seed is then transformed alike
/// on any thread and after any interruption, and anew where a sampler draws it again. A mask is moved with its image,
/// and its class indices are never blended; `Sample` has operations for that, such as ``Sample/cropped(top:left:size:)``
/// and ``Sample/padded(_:fill:ignoreIndex:)``, and `RandomGenerator` has draws that are the same in every version, such as
/// `index(below:)` and `unit()`.
///
/// The properties of a transform are its options:
///
/// ```swift
/// /// A random half of each image.
/// struct LeftOrRight: Transform, BuildableOptions {
///     /// The probability of the left half.
///     var probability: Float = 0.5
///     var keepsLayout: Bool { false }
///
///     func validate() throws { try check("probability", probability, .fraction) }
///
///     func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
///         let half = Size(height: sample.image.height, width: (sample.image.width + 1) / 2)
///         let isLeft = Float(random.unit()) < probability
///         return sample.cropped(top: 0, left: isLeft ? 0 : sample.image.width - half.width, size: half)
///     }
/// }
///
/// try registry.register(.transform, "left_or_right", summary: "A random half", LeftOrRight.self)
/// ```
public protocol Transform: Sendable {
    /// Whether the whole image stays visible, with everything on its side: false for crops, flips and rotations.
    ///
    /// Predictions for a transformed image can then be resized to the original. By default true.
    var keepsLayout: Bool { get }

    /// The images that it takes beside RGB images of 8 bits. By default none, so that a transform that was written for
    /// these is not called with others.
    var imageSupport: ImageSupport { get }

    /// The sizes that images of some sizes get; nil if they depend on more than that, as by default.
    ///
    /// The check of data carries the size of every file through the transforms by it, before training.
    /// - Parameter name: The name of the image, for errors.
    /// - Throws: ``ImageError`` if an image of such a size cannot be transformed.
    func sizes(of sizes: SizeRange, name: String) throws(ImageError) -> SizeRange?

    /// The pixels that it needs of an image, so that large files are decoded at a fraction of their size where it makes
    /// them smaller. By default all.
    var decodingNeed: DecodingNeed { get }

    /// What it does to every image, as steps that other programs can follow; nil where it draws, or does something else.
    ///
    /// Exported files contain the steps of validation. By default nil.
    var preparation: [ImagePreparation]? { get }

    /// Transforms one sample.
    /// - Parameter random: The only source of randomness, seeded for the sample and the epoch.
    /// - Throws: ``ImageError`` for an image that cannot be transformed.
    func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample
}

extension Transform {
    public var keepsLayout: Bool { true }
    public var decodingNeed: DecodingNeed { .full }
    public var preparation: [ImagePreparation]? { nil }
    public func sizes(of sizes: SizeRange, name: String) throws(ImageError) -> SizeRange? { nil }
    public var imageSupport: ImageSupport { [] }

    /// The transformed sample.
    /// - Throws: ``ImageError`` for an image that the transform does not take, or cannot transform.
    public func applied(to sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let image = sample.image
        if let error = refusal(channels: image.channels, hasFloats: image.floats != nil, name: sample.name) {
            throw error
        }
        return try self(sample, random: &random)
    }

    /// Why an image is not taken; nil if it is, as far as channels and bits tell.
    func refusal(channels: Int, hasFloats: Bool, name: String) -> ImageError? {
        imageSupport.problem(channels: channels, hasFloats: hasFloats).map { problem in
            ImageError(
                file: name, reason: "\(Self.self) takes \(problem.taken), and this one has \(problem.found)",
                remedy: "Remove the transform, or \(problem.remedy)")
        }
    }
}

/// The images that a transform takes beside RGB images of 8 bits.
public struct ImageSupport: OptionSet, Hashable, Sendable {
    /// The bits of what is supported.
    public let rawValue: Int

    /// Images of any number of channels.
    public static let anyChannels = ImageSupport(rawValue: 1)
    /// Images of floats, as those of 16 bits become.
    public static let floats = ImageSupport(rawValue: 2)
    /// All of them, as for crops and flips.
    public static let all: ImageSupport = [.anyChannels, .floats]

    /// The set with these bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Why images are not among these.
    public struct Problem: Sendable, Hashable {
        /// What images must be: `images of three channels`.
        public let taken: String
        /// What they have: `4`.
        public let found: String
        /// How to have images that are taken: `set 'channels: 3' of the data set`.
        public let remedy: String
    }

    /// Why images are not among these; nil if they are.
    /// - Parameter hasFloats: Whether they have floats, as those of 16 bits become.
    public func problem(channels: Int, hasFloats: Bool) -> Problem? {
        if channels != 3, !contains(.anyChannels) {
            return Problem(
                taken: "images of three channels", found: "\(channels)", remedy: "set 'channels: 3' of the data set")
        }
        if hasFloats, !contains(.floats) {
            return Problem(
                taken: "images of 8 bits", found: "16 or floats",
                remedy: "set 'bits: 8' of the data set, which scales 16 bits; files of floats must be converted")
        }
        return nil
    }
}

extension Transform where Self: BuildableOptions {
    /// The transform itself; those that depend on the data set replace this.
    public func build(_ environment: TransformEnvironment, in registry: Registry) throws -> any Transform { self }
}

/// What transforms may depend on.
public struct TransformEnvironment: Sendable {
    /// What the samples are labelled for.
    public var task: PredictionTask
    /// The ignored label of the data set; nil where it has none.
    public var ignoreIndex: Int?

    /// The environment of a data set.
    public init(task: PredictionTask, ignoreIndex: Int? = nil) {
        self.task = task
        self.ignoreIndex = ignoreIndex
    }

    /// The label for pixels that a transform adds to masks; nil for classification without one.
    /// - Parameter transform: The name of the transform in configurations, for the message.
    /// - Throws: `OptionError` for segmentation without an ignore index, or one that a mask cannot hold.
    public func labelOfAddedPixels(for transform: String) throws(OptionError) -> Int? {
        let label = ignoreIndex.flatMap { 0...255 ~= $0 ? $0 : nil }
        if task.isDense, label == nil {
            throw OptionError(
                "type", "is '\(transform)', which adds pixels to masks; that needs a data set with an ignore index")
        }
        return label
    }
}

extension ComponentKind<TransformEnvironment, any Transform> {
    /// Transforms of samples.
    public static var transform: Self { Self("transform") }
}

/// A size as an option: one number for a square, or a list of height and width.
public struct SizeOption: Codable, Hashable, Sendable, ExpressibleByIntegerLiteral {
    /// The size in pixels.
    public var size: Size

    /// The option of a size.
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

    /// Checks that an image can have the size. 0, the default of sizes that must be given, is refused.
    /// - Parameter option: The key, as a configuration writes it.
    /// - Throws: `OptionError`.
    public func validate(_ option: String = "size") throws(OptionError) {
        if size.height < 1 || size.width < 1 {
            throw OptionError(option, "must be a length in pixels of 1 or more, or a list of height and width")
        }
        if max(size.height, size.width) > 65_536 || size.area > Image.maximumPixelCount {
            throw OptionError(
                option, "must be at most \(Image.maximumPixelCount) pixels and 65536 a side, not \(size)")
        }
    }
}

extension ComponentOptions {
    /// Checks the bounds `minimum_x` and `maximum_x` of a range that is drawn from.
    /// - Parameters:
    ///   - option: The common part of the keys: `x`.
    ///   - exclusiveLimit: What both must be above.
    ///   - limit: What both may be at most.
    /// - Throws: `OptionError`, also where the minimum is above the maximum.
    public func checkBounds(
        _ option: String, _ minimum: Float, _ maximum: Float, above exclusiveLimit: Float, atMost limit: Float
    ) throws(OptionError) {
        guard minimum > exclusiveLimit, minimum <= limit else {
            throw OptionError(
                "minimum_\(option)", "must be above \(exclusiveLimit) and at most \(limit), not \(minimum)")
        }
        guard maximum >= minimum, maximum <= limit else {
            let lower = "minimum_\(option) is \(minimum)"
            throw OptionError(
                "maximum_\(option)", "must be from \(minimum) to \(limit), not \(maximum); \(lower)")
        }
    }
}
