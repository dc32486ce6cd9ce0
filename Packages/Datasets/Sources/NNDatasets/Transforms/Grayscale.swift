import NNLayers

/// Takes the colours from some of the pictures; they keep three channels, which are equal.
public struct Grayscale: Transform, ComponentOptions {
    /// The probability of taking them.
    public var probability: Float = 0.1

    public init() {}

    public init(probability: Float) { self.probability = probability }

    public func validate() throws { try OptionError.requireProbability(probability, "probability") }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        guard Float.random(in: 0..<1, using: &random) < probability else { return sample }
        var change = ColorChange.identity
        change.saturate(by: 0)
        var result = sample
        result.image.apply(change)
        return result
    }
}
