import NNLayers

/// Takes a square at a random place whose side is a random part of the shorter side of the picture,
/// then resizes it.
public struct RandomSideCrop: Transform, ComponentOptions {
    /// The size after the crop. Must be given.
    public var size: SizeOption = 0
    /// The least side of the square, as a part of the shorter side of the picture.
    public var minimumRatio: Float = 0.875
    /// The greatest; equal to the least, every square has the same side.
    public var maximumRatio: Float = 1

    public var keepsPlaces: Bool { false }

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
