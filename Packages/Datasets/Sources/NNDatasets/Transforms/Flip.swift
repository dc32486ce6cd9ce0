import NNLayers

/// Mirrors some of the samples.
public struct Flip: Transform, ComponentOptions {
    /// The probability of exchanging left and right.
    public var horizontal: Float = 0.5
    /// The probability of exchanging top and bottom.
    public var vertical: Float = 0

    public var keepsPlaces: Bool { false }

    public init() {}

    public init(horizontal: Float, vertical: Float = 0) {
        self.horizontal = horizontal
        self.vertical = vertical
    }

    public func validate() throws {
        try OptionError.requireProbability(horizontal, "horizontal")
        try OptionError.requireProbability(vertical, "vertical")
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        var result = sample
        if Float.random(in: 0..<1, using: &random) < horizontal {
            result = result.mapImages { $0.flippedHorizontally() }
        }
        if Float.random(in: 0..<1, using: &random) < vertical {
            result = result.mapImages { $0.flippedVertically() }
        }
        return result
    }
}
