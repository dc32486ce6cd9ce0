import NNLayers

/// Takes a random part of every sample; one that is smaller is padded at the bottom and right.
///
/// Of a mask, a part that nearly shows one class alone is drawn again, ten times at most, as by the authors of
/// mmsegmentation: such parts teach little.
public struct RandomCrop: Transform, ComponentOptions {
    /// The size of the part. Must be given.
    public var size: SizeOption = 0
    /// The greatest share that one class may have of the pixels that count; 1 takes the first part.
    public var categoryMaxRatio: Float = 0.75
    /// The value of added pixels in every channel, from 0 to 255.
    public var fill: UInt8 = 0
    /// The label of added pixels of a mask.
    var ignoreIndex: UInt8?

    private enum CodingKeys: CodingKey { case size, categoryMaxRatio, fill }

    private static let retryCount = 10

    public var keepsPlaces: Bool { false }

    public init() {}

    /// - Parameter ignoreIndex: the label of masks that does not count, and that added pixels get.
    public init(size: Size, categoryMaxRatio: Float = 0.75, fill: UInt8 = 0, ignoreIndex: UInt8? = nil) {
        self.size = SizeOption(size)
        self.categoryMaxRatio = categoryMaxRatio
        self.fill = fill
        self.ignoreIndex = ignoreIndex
    }

    public func validate() throws {
        try size.validate()
        guard categoryMaxRatio > 0, categoryMaxRatio <= 1 else {
            throw OptionError("category_max_ratio", "must be above 0 and at most 1, not \(categoryMaxRatio)")
        }
    }

    /// The transform for one data set.
    /// - Throws: `OptionError` where masks may have to be padded and the data set has no ignore index.
    func adapted(to environment: TransformEnvironment) throws(OptionError) -> RandomCrop {
        var result = self
        result.ignoreIndex = try environment.labelOfNewPixels(for: "random_crop")
        return result
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let part = size.size
        let sample = try sample.padded(toFill: part, with: NewPixels(fill: fill, label: ignoreIndex))
        func draw(_ random: inout RandomGenerator) -> (top: Int, left: Int) {
            (
                .random(in: 0...sample.image.height - part.height, using: &random),
                .random(in: 0...sample.image.width - part.width, using: &random)
            )
        }
        var place = draw(&random)
        if case .mask(let mask) = sample.target, categoryMaxRatio < 1, mask.size != part {
            for _ in 0..<Self.retryCount {
                if isMixed(mask.cropped(top: place.top, left: place.left, size: part)) { break }
                place = draw(&random)
            }
        }
        return sample.cropped(top: place.top, left: place.left, size: part)
    }

    /// Whether no class has too great a share.
    private func isMixed(_ mask: Image) -> Bool {
        let counts = mask.labelCounts(ignoring: ignoreIndex.map(Int.init)).values
        guard counts.count > 1, let greatest = counts.max() else { return false }
        return Float(greatest) < categoryMaxRatio * Float(counts.reduce(0, +))
    }
}
