import NNLayers

/// Puts the channels in the order blue, green, red, which networks that were trained with OpenCV expect.
public struct ToBGR: Transform, ComponentOptions {
    public init() {}

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        var result = sample
        result.image = sample.image.exchangingRedAndBlue()
        return result
    }
}
