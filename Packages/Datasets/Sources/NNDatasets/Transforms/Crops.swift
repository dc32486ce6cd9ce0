import NNLayers

/// Crops the centre of each sample.
public struct CenterCrop: Transform, BuildableOptions {
    /// The size of the crop. Required.
    public var size: SizeOption = 0

    public var keepsLayout: Bool { false }

    public var imageSupport: ImageSupport { .all }

    public init() {}

    /// - Parameter size: The size of the crop, at most that of the images.
    public init(size: Size) {
        self.size = SizeOption(size)
        requireOptions("CenterCrop", validate)
    }

    public func validate() throws { try size.validate() }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let crop = size.size
        try sample.checkRoom(for: crop, remedy: Self.remedy)
        return sample.cropped(
            top: (sample.image.height - crop.height) / 2, left: (sample.image.width - crop.width) / 2, size: crop)
    }

    private static let remedy = "Put 'resize' before 'center_crop', or make the crop smaller"

    public func sizes(of sizes: SizeRange, name: String) throws(ImageError) -> SizeRange? {
        try sizes.smallest.checkRoom(for: size.size, name: name, remedy: Self.remedy)
        return SizeRange(size.size)
    }
}

/// Crops a random part of each sample; smaller ones are padded at the bottom and right first.
///
/// A crop whose mask is mostly of one class is drawn again, up to ten times, as in mmsegmentation: such crops teach
/// little.
public struct RandomCrop: Transform, BuildableOptions {
    /// The size of the crop. Required.
    public var size: SizeOption = 0
    /// The largest share of one class among the pixels that count; 1 takes the first crop. By default 0.75.
    public var categoryMaxRatio: Float = 0.75
    /// The value of added pixels in every channel. By default 0.
    public var fill: UInt8 = 0
    /// The ignored label of masks, which added pixels get. Configurations take it from the data set.
    public var ignoreIndex: Int?

    private enum CodingKeys: CodingKey { case size, categoryMaxRatio, fill }

    private static let retryCount = 10

    public var keepsLayout: Bool { false }

    public var imageSupport: ImageSupport { .all }

    public init() {}

    /// - Parameters:
    ///   - size: The size of the crop.
    ///   - categoryMaxRatio: The largest share of one class among the pixels of a mask that count, above 0.
    ///   - fill: The value of added pixels in every channel.
    ///   - ignoreIndex: The ignored label of masks, which added pixels get; required for masks that are padded.
    public init(size: Size, categoryMaxRatio: Float = 0.75, fill: UInt8 = 0, ignoreIndex: Int? = nil) {
        self.size = SizeOption(size)
        self.categoryMaxRatio = categoryMaxRatio
        self.fill = fill
        self.ignoreIndex = ignoreIndex
        requireOptions("RandomCrop", validate)
    }

    public func validate() throws {
        try size.validate()
        guard categoryMaxRatio > 0, categoryMaxRatio <= 1 else {
            throw OptionError("category_max_ratio", "must be above 0 and at most 1, not \(categoryMaxRatio)")
        }
    }

    public func build(_ environment: TransformEnvironment, in registry: Registry) throws -> any Transform {
        var result = self
        result.ignoreIndex = try environment.labelOfAddedPixels(for: "random_crop")
        return result
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let crop = size.size
        let sample = try sample.padded(toAtLeast: crop, fill: fill, ignoreIndex: ignoreIndex)
        func draw(_ random: inout RandomGenerator) -> (top: Int, left: Int) {
            (
                .random(in: 0...sample.image.height - crop.height, using: &random),
                .random(in: 0...sample.image.width - crop.width, using: &random)
            )
        }
        var origin = draw(&random)
        if case .mask(let mask) = sample.target, categoryMaxRatio < 1, mask.size != crop {
            for _ in 0..<Self.retryCount {
                if isMixed(mask.cropped(top: origin.top, left: origin.left, size: crop)) { break }
                origin = draw(&random)
            }
        }
        return sample.cropped(top: origin.top, left: origin.left, size: crop)
    }

    public func sizes(of sizes: SizeRange, name: String) -> SizeRange? { SizeRange(size.size) }

    /// Whether no class has too large a share.
    private func isMixed(_ mask: Image) -> Bool {
        let counts = mask.labelCounts(ignoring: ignoreIndex).values
        guard counts.count > 1, let largest = counts.max() else { return false }
        return Float(largest) < categoryMaxRatio * Float(counts.reduce(0, +))
    }
}

/// Pads each sample and crops a random part, as in the training of ResNets on CIFAR-10 (He et al. 2016).
public struct PadCrop: Transform, BuildableOptions {
    /// The size of the crop. Required.
    public var size: SizeOption = 0
    /// The number of pixels added on each side, up to 4,096. By default 4.
    public var padding = 4
    /// The value of added pixels in every channel. By default 0.
    public var fill: UInt8 = 0
    /// The label of added pixels of a mask. Configurations take it from the data set.
    public var ignoreIndex: Int?

    private enum CodingKeys: CodingKey { case size, padding, fill }

    public var keepsLayout: Bool { false }

    public var imageSupport: ImageSupport { .all }

    public init() {}

    /// - Parameters:
    ///   - size: The size of the crop, at most that of the padded images.
    ///   - padding: The number of pixels added on each side.
    ///   - fill: The value of added pixels in every channel.
    ///   - ignoreIndex: The label of added pixels of a mask; required for masks.
    public init(size: Size, padding: Int = 4, fill: UInt8 = 0, ignoreIndex: Int? = nil) {
        self.size = SizeOption(size)
        self.padding = padding
        self.fill = fill
        self.ignoreIndex = ignoreIndex
        requireOptions("PadCrop", validate)
    }

    public func validate() throws {
        try size.validate()
        try check("padding", padding, in: 0...4096)
    }

    public func build(_ environment: TransformEnvironment, in registry: Registry) throws -> any Transform {
        var result = self
        result.ignoreIndex = environment.ignoreIndex.flatMap { 0...255 ~= $0 ? $0 : nil }
        if environment.task.isDense, padding > 0, result.ignoreIndex == nil {
            throw OptionError("padding", "must be 0 for masks of a data set without an ignore index")
        }
        return result
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let padded = try sample.padded(EdgeInsets(padding), fill: fill, ignoreIndex: ignoreIndex)
        try padded.checkRoom(for: size.size, remedy: Self.remedy)
        return padded.cropped(
            top: .random(in: 0...padded.image.height - size.size.height, using: &random),
            left: .random(in: 0...padded.image.width - size.size.width, using: &random), size: size.size)
    }

    private static let remedy = "Put 'resize' before 'pad_crop', or make the crop smaller or the padding larger"

    public func sizes(of sizes: SizeRange, name: String) throws(ImageError) -> SizeRange? {
        let padded = Size(
            height: sizes.smallest.height + 2 * padding, width: sizes.smallest.width + 2 * padding)
        try padded.checkRoom(for: size.size, name: name, remedy: Self.remedy)
        return SizeRange(size.size)
    }
}
