import Foundation
import NNLayers

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

    public var keepsPlaces: Bool { false }

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
