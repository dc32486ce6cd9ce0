import Foundation
import NNLayers

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

    public var imageSupport: ImageSupport { .all }

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
        let whole = sample.fullSize
        let ratio = Float.random(in: minimumRatio...maximumRatio, using: &random)
        let side = max(Int((ratio * Float(min(whole.height, whole.width))).rounded()), 1)
        let square = Region(
            top: .random(in: 0...whole.height - side, using: &random),
            left: .random(in: 0...whole.width - side, using: &random), size: Size(side))
        return sample.resized(part: square, to: size.size, interpolation: interpolation, antialias: antialias)
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

    public var imageSupport: ImageSupport { .all }

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
        let whole = sample.fullSize
        for _ in 0..<Self.retryCount {
            let area = Float(whole.area) * .random(in: minimumArea...maximumArea, using: &random)
            // A ratio and its reciprocal are equally likely.
            let ratio = exp(Float.random(in: log(minimumRatio)...log(maximumRatio), using: &random))
            let crop = Size(
                height: Int((area / ratio).squareRoot().rounded()), width: Int((area * ratio).squareRoot().rounded()))
            guard 1...whole.height ~= crop.height, 1...whole.width ~= crop.width else { continue }
            let part = Region(
                top: .random(in: 0...whole.height - crop.height, using: &random),
                left: .random(in: 0...whole.width - crop.width, using: &random), size: crop)
            return sample.resized(part: part, to: size.size, interpolation: interpolation, antialias: antialias)
        }
        let crop = largestCrop(of: whole)
        let part = Region(
            top: (whole.height - crop.height) / 2, left: (whole.width - crop.width) / 2, size: crop)
        return sample.resized(part: part, to: size.size, interpolation: interpolation, antialias: antialias)
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
