import Foundation
import NNLayers

/// Takes the middle of every sample.
public struct CenterCrop: Transform, ComponentOptions {
    /// The size of the part. Must be given.
    public var size: SizeOption = 0

    public var keepsLayout: Bool { false }

    public init() {}

    public init(size: Size) { self.size = SizeOption(size) }

    public func validate() throws { try size.validate() }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let part = size.size
        try sample.requireRoom(for: part, remedy: "Put 'resize' before 'center_crop', or make the crop smaller")
        return sample.cropped(
            top: (sample.image.height - part.height) / 2, left: (sample.image.width - part.width) / 2, size: part)
    }
}

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

    public var keepsLayout: Bool { false }

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

/// Pads every sample and takes a random part of it, as He et al. (2016) do for CIFAR-10.
public struct PadCrop: Transform, ComponentOptions {
    /// The size of the part. Must be given.
    public var size: SizeOption = 0
    /// Pixels added at each edge.
    public var padding = 4
    /// The value of added pixels in every channel, from 0 to 255.
    public var fill: UInt8 = 0
    /// The class index of added pixels of a mask.
    var maskFill: UInt8?

    private enum CodingKeys: CodingKey { case size, padding, fill }

    public var keepsLayout: Bool { false }

    public init() {}

    /// - Parameter ignoreIndex: the class index of added pixels of a mask; needed for masks only.
    public init(size: Size, padding: Int = 4, fill: UInt8 = 0, ignoreIndex: UInt8? = nil) {
        self.size = SizeOption(size)
        self.padding = padding
        self.fill = fill
        maskFill = ignoreIndex
    }

    public func validate() throws {
        try size.validate()
        if !(0...4096 ~= padding) { throw OptionError("padding", "must be from 0 to 4096, not \(padding)") }
    }

    /// The transform for one data set.
    /// - Throws: `OptionError` where masks must be padded and the data set has no ignore index.
    func adapted(to environment: TransformEnvironment) throws(OptionError) -> PadCrop {
        var result = self
        result.maskFill = environment.ignoreIndex.flatMap { UInt8(exactly: $0) }
        if environment.task == .segmentation, padding > 0, result.maskFill == nil {
            throw OptionError("padding", "must be 0 for masks of a data set without an ignore index")
        }
        return result
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let padded = try sample.padded(EdgeInsets(padding), with: NewPixels(fill: fill, label: maskFill))
        try padded.requireRoom(
            for: size.size, remedy: "Put 'resize' before 'pad_crop', or make the crop smaller or the padding larger")
        return padded.cropped(
            top: .random(in: 0...padded.image.height - size.size.height, using: &random),
            left: .random(in: 0...padded.image.width - size.size.width, using: &random), size: size.size)
    }
}

/// Takes a square at a random place whose side is a random part of the shorter side of the picture,
/// then resizes it.
public struct RandomSideCrop: Transform, ComponentOptions {
    /// The size after the crop. Must be given.
    public var size: SizeOption = 0
    /// The least side of the square, as a part of the shorter side of the picture.
    public var minimumRatio: Float = 0.875
    /// The greatest; equal to the least, every square has the same side.
    public var maximumRatio: Float = 1

    public var keepsLayout: Bool { false }

    public init() {}

    public init(size: Size, ratio: ClosedRange<Float> = 0.875...1) {
        self.size = SizeOption(size)
        minimumRatio = ratio.lowerBound
        maximumRatio = ratio.upperBound
    }

    public func validate() throws {
        try size.validate()
        try OptionError.requireBounds(minimumRatio, maximumRatio, "ratio", above: 0, atMost: 1)
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        let image = sample.image
        let ratio = Float.random(in: minimumRatio...maximumRatio, using: &random)
        let side = max(Int((ratio * Float(min(image.height, image.width))).rounded()), 1)
        return sample.cropped(
            top: .random(in: 0...image.height - side, using: &random),
            left: .random(in: 0...image.width - side, using: &random), size: Size(side)
        ).resized(to: size.size)
    }
}

/// Takes a part of random area, proportions and place of every sample, then resizes it (Szegedy et al. 2015).
public struct RandomResizedCrop: Transform, ComponentOptions {
    /// The size after the crop. Must be given.
    public var size: SizeOption = 0
    /// The least area of the part, as a share of that of the picture.
    public var minimumArea: Float = 0.08
    /// The greatest.
    public var maximumArea: Float = 1
    /// The least width of the part, divided by its height.
    public var minimumRatio: Float = 3 / 4
    /// The greatest.
    public var maximumRatio: Float = 4 / 3

    private static let retryCount = 10

    public var keepsLayout: Bool { false }

    public init() {}

    public init(size: Size, area: ClosedRange<Float> = 0.08...1, ratio: ClosedRange<Float> = 3 / 4...4 / 3) {
        self.size = SizeOption(size)
        minimumArea = area.lowerBound
        maximumArea = area.upperBound
        minimumRatio = ratio.lowerBound
        maximumRatio = ratio.upperBound
    }

    public func validate() throws {
        try size.validate()
        try OptionError.requireBounds(minimumArea, maximumArea, "area", above: 0, atMost: 1)
        try OptionError.requireBounds(minimumRatio, maximumRatio, "ratio", above: 0, atMost: 100)
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        let whole = sample.image.size
        for _ in 0..<Self.retryCount {
            let area = Float(whole.area) * .random(in: minimumArea...maximumArea, using: &random)
            // Proportions and their reciprocals are equally likely.
            let ratio = exp(Float.random(in: log(minimumRatio)...log(maximumRatio), using: &random))
            let part = Size(
                height: Int((area / ratio).squareRoot().rounded()), width: Int((area * ratio).squareRoot().rounded()))
            guard 1...whole.height ~= part.height, 1...whole.width ~= part.width else { continue }
            return sample.cropped(
                top: .random(in: 0...whole.height - part.height, using: &random),
                left: .random(in: 0...whole.width - part.width, using: &random), size: part
            ).resized(to: size.size)
        }
        let part = largestPart(of: whole)
        return sample.cropped(
            top: (whole.height - part.height) / 2, left: (whole.width - part.width) / 2, size: part
        ).resized(to: size.size)
    }

    /// The largest part that has the proportions, for pictures in which a random one is hard to find.
    private func largestPart(of whole: Size) -> Size {
        let ratio = Float(whole.width) / Float(whole.height)
        func bounded(_ length: Float, _ most: Int) -> Int { min(max(Int(length.rounded()), 1), most) }
        if ratio < minimumRatio {
            return Size(height: bounded(Float(whole.width) / minimumRatio, whole.height), width: whole.width)
        }
        if ratio > maximumRatio {
            return Size(height: whole.height, width: bounded(Float(whole.height) * maximumRatio, whole.width))
        }
        return whole
    }
}
