import Foundation
import NNLayers

/// Crops the centre of each sample.
public struct CenterCrop: Transform, BuildableOptions {
    /// The size of the crop. Required.
    public var size: SizeOption = 0

    public var keepsLayout: Bool { false }

    public init() {}

    /// - Parameter size: The size of the crop, at most that of the images.
    public init(size: Size) {
        self.size = SizeOption(size)
        requireOptions("CenterCrop", validate)
    }

    public func validate() throws { try size.validate() }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let crop = size.size
        try sample.checkRoom(for: crop, remedy: "Put 'resize' before 'center_crop', or make the crop smaller")
        return sample.cropped(
            top: (sample.image.height - crop.height) / 2, left: (sample.image.width - crop.width) / 2, size: crop)
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
        try padded.checkRoom(
            for: size.size, remedy: "Put 'resize' before 'pad_crop', or make the crop smaller or the padding larger")
        return padded.cropped(
            top: .random(in: 0...padded.image.height - size.size.height, using: &random),
            left: .random(in: 0...padded.image.width - size.size.width, using: &random), size: size.size)
    }
}

/// Crops a square at a random position, its side a random fraction of the image's shorter side, and resizes it.
public struct RandomSideCrop: Transform, BuildableOptions {
    /// The size after the crop. Required.
    public var size: SizeOption = 0
    /// The smallest side of the square, as a fraction of the shorter side of the image. By default 0.875.
    public var minimumRatio: Float = 0.875
    /// The largest; if both are equal, every square has that side. By default 1.
    public var maximumRatio: Float = 1
    /// The filter of images. By default bilinear.
    public var interpolation = Image.Interpolation.bilinear
    /// Whether reduced images are smoothed, as by default: their filter covers all pixels that become one.
    public var antialias = true

    public var keepsLayout: Bool { false }

    public init() {}

    /// - Parameters:
    ///   - size: The size after the crop.
    ///   - ratio: The range of the square's side, as a fraction of the shorter side of the image.
    ///   - interpolation: The filter of images.
    ///   - antialias: Whether reduced images are smoothed.
    public init(
        size: Size, ratio: ClosedRange<Float> = 0.875...1, interpolation: Image.Interpolation = .bilinear,
        antialias: Bool = true
    ) {
        self.interpolation = interpolation
        self.antialias = antialias
        self.size = SizeOption(size)
        minimumRatio = ratio.lowerBound
        maximumRatio = ratio.upperBound
        requireOptions("RandomSideCrop", validate)
    }

    public func validate() throws {
        try size.validate()
        try checkBounds("ratio", minimumRatio, maximumRatio, above: 0, atMost: 1)
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        let image = sample.image
        let ratio = Float.random(in: minimumRatio...maximumRatio, using: &random)
        let side = max(Int((ratio * Float(min(image.height, image.width))).rounded()), 1)
        return sample.cropped(
            top: .random(in: 0...image.height - side, using: &random),
            left: .random(in: 0...image.width - side, using: &random), size: Size(side)
        ).resized(to: size.size, interpolation: interpolation, antialias: antialias)
    }
}

/// Crops a part of random area, aspect ratio and position, and resizes it (Szegedy et al. 2015).
public struct RandomResizedCrop: Transform, BuildableOptions {
    /// The size after the crop. Required.
    public var size: SizeOption = 0
    /// The smallest area of the crop, as a fraction of that of the image. By default 0.08.
    public var minimumArea: Float = 0.08
    /// The largest. By default 1.
    public var maximumArea: Float = 1
    /// The smallest aspect ratio of the crop: its width divided by its height. By default 3/4.
    public var minimumRatio: Float = 3 / 4
    /// The largest. By default 4/3.
    public var maximumRatio: Float = 4 / 3
    /// The filter of images. By default bilinear.
    public var interpolation = Image.Interpolation.bilinear
    /// Whether reduced images are smoothed, as by default: their filter covers all pixels that become one.
    public var antialias = true

    private static let retryCount = 10

    public var keepsLayout: Bool { false }

    public init() {}

    /// - Parameters:
    ///   - size: The size after the crop.
    ///   - area: The range of the crop's area, as a fraction of that of the image.
    ///   - ratio: The range of the crop's aspect ratio, its width divided by its height.
    ///   - interpolation: The filter of images.
    ///   - antialias: Whether reduced images are smoothed.
    public init(
        size: Size, area: ClosedRange<Float> = 0.08...1, ratio: ClosedRange<Float> = 3 / 4...4 / 3,
        interpolation: Image.Interpolation = .bilinear, antialias: Bool = true
    ) {
        self.interpolation = interpolation
        self.antialias = antialias
        self.size = SizeOption(size)
        minimumArea = area.lowerBound
        maximumArea = area.upperBound
        minimumRatio = ratio.lowerBound
        maximumRatio = ratio.upperBound
        requireOptions("RandomResizedCrop", validate)
    }

    public func validate() throws {
        try size.validate()
        try checkBounds("area", minimumArea, maximumArea, above: 0, atMost: 1)
        try checkBounds("ratio", minimumRatio, maximumRatio, above: 0, atMost: 100)
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        let whole = sample.image.size
        for _ in 0..<Self.retryCount {
            let area = Float(whole.area) * .random(in: minimumArea...maximumArea, using: &random)
            // A ratio and its reciprocal are equally likely.
            let ratio = exp(Float.random(in: log(minimumRatio)...log(maximumRatio), using: &random))
            let crop = Size(
                height: Int((area / ratio).squareRoot().rounded()), width: Int((area * ratio).squareRoot().rounded()))
            guard 1...whole.height ~= crop.height, 1...whole.width ~= crop.width else { continue }
            return sample.cropped(
                top: .random(in: 0...whole.height - crop.height, using: &random),
                left: .random(in: 0...whole.width - crop.width, using: &random), size: crop
            ).resized(to: size.size, interpolation: interpolation, antialias: antialias)
        }
        let crop = largestCrop(of: whole)
        return sample.cropped(
            top: (whole.height - crop.height) / 2, left: (whole.width - crop.width) / 2, size: crop
        ).resized(to: size.size, interpolation: interpolation, antialias: antialias)
    }

    /// The largest crop of an allowed aspect ratio, for images in which a random one is hard to find.
    private func largestCrop(of whole: Size) -> Size {
        let ratio = Float(whole.width) / Float(whole.height)
        func bounded(_ length: Float, _ limit: Int) -> Int { min(max(Int(length.rounded()), 1), limit) }
        if ratio < minimumRatio {
            return Size(height: bounded(Float(whole.width) / minimumRatio, whole.height), width: whole.width)
        }
        if ratio > maximumRatio {
            return Size(height: whole.height, width: bounded(Float(whole.height) * maximumRatio, whole.width))
        }
        return whole
    }
}
