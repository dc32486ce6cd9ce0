import NNLayers

/// Blurs some of the pictures by a Gaussian of random width.
public struct GaussianBlur: Transform, ComponentOptions {
    /// The least standard deviation in pixels.
    public var minimumSigma: Float = 0.1
    /// The greatest.
    public var maximumSigma: Float = 2
    /// The probability of blurring a picture.
    public var probability: Float = 0.5

    public init() {}

    public init(sigma: ClosedRange<Float>, probability: Float = 0.5) {
        minimumSigma = sigma.lowerBound
        maximumSigma = sigma.upperBound
        self.probability = probability
    }

    public func validate() throws {
        try OptionError.requireBounds(minimumSigma, maximumSigma, "sigma", above: 0, atMost: 100)
        try OptionError.requireProbability(probability, "probability")
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        let isBlurred = Float.random(in: 0..<1, using: &random) < probability
        let deviation = Float.random(in: minimumSigma...maximumSigma, using: &random)
        guard isBlurred else { return sample }
        var result = sample
        result.image = sample.image.blurred(deviation: deviation)
        return result
    }
}
