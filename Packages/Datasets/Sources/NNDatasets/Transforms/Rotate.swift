import NNLayers

/// Turns some of the samples about their middle by a random angle, the picture bilinearly and a mask by nearest
/// pixels; the size stays.
public struct Rotate: Transform, ComponentOptions {
    /// The greatest angle to either side, in degrees.
    public var degrees: Float = 10
    /// The probability of turning a sample.
    public var probability: Float = 1
    /// The value of pixels from outside in every channel, from 0 to 255.
    public var fill: UInt8 = 0
    /// The label of pixels from outside of a mask.
    var ignoreIndex: UInt8?

    private enum CodingKeys: CodingKey { case degrees, probability, fill }

    public var keepsPlaces: Bool { false }

    public init() {}

    /// - Parameter ignoreIndex: the label of pixels from outside of a mask; needed for masks only.
    public init(degrees: Float, probability: Float = 1, fill: UInt8 = 0, ignoreIndex: UInt8? = nil) {
        self.degrees = degrees
        self.probability = probability
        self.fill = fill
        self.ignoreIndex = ignoreIndex
    }

    public func validate() throws {
        guard 0...180 ~= degrees else { throw OptionError("degrees", "must be from 0 to 180, not \(degrees)") }
        try OptionError.requireProbability(probability, "probability")
    }

    /// The transform for one data set.
    /// - Throws: `OptionError` where masks must be turned and the data set has no ignore index.
    func adapted(to environment: TransformEnvironment) throws(OptionError) -> Rotate {
        var result = self
        result.ignoreIndex = try environment.labelOfNewPixels(for: "rotate")
        return result
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let isTurned = Float.random(in: 0..<1, using: &random) < probability
        let angle = Float.random(in: -degrees...degrees, using: &random)
        guard isTurned, angle != 0 else { return sample }
        return try sample.warped(
            by: .rotation(degrees: Double(angle), of: sample.image.size),
            with: NewPixels(fill: fill, label: ignoreIndex))
    }
}
