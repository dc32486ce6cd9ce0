import NNLayers

/// Makes samples larger or smaller by a random factor, the picture bilinearly and a mask by nearest pixels.
public struct RandomScale: Transform, ComponentOptions {
    /// The least factor of both sides.
    public var minimumFactor: Float = 0.5
    /// The greatest.
    public var maximumFactor: Float = 2

    public init() {}

    public init(factor: ClosedRange<Float>) {
        minimumFactor = factor.lowerBound
        maximumFactor = factor.upperBound
    }

    public func validate() throws {
        try OptionError.requireBounds(minimumFactor, maximumFactor, "factor", above: 0, atMost: 16)
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let factor = Float.random(in: minimumFactor...maximumFactor, using: &random)
        func scaled(_ length: Int) -> Int { max(Int((Float(length) * factor).rounded()), 1) }
        return try sample.resized(
            to: Size(height: scaled(sample.image.height), width: scaled(sample.image.width)),
            orElse: "Crop before 'random_scale', or make 'maximum_factor' smaller")
    }
}
