import Foundation
import NNLayers

/// Changes brightness, contrast, saturation and hue of pictures at random, in this order.
///
/// All four are linear in the colours, so they are one 3x3 matrix and an offset for each picture,
/// applied at once and clipped once at the end.
public struct ColorJitter: Transform, ComponentOptions {
    /// Colours are multiplied by a factor of 1 ± this.
    public var brightness: Float = 0
    /// Distances from the picture's mean grey are multiplied by a factor of 1 ± this.
    public var contrast: Float = 0
    /// Distances from each pixel's grey are multiplied by a factor of 1 ± this.
    public var saturation: Float = 0
    /// Colours are turned about the grey axis by ± this, in full turns; at most 0.5.
    public var hue: Float = 0

    public init() {}

    public init(brightness: Float = 0, contrast: Float = 0, saturation: Float = 0, hue: Float = 0) {
        self.brightness = brightness
        self.contrast = contrast
        self.saturation = saturation
        self.hue = hue
    }

    public func validate() throws {
        for (option, value) in [("brightness", brightness), ("contrast", contrast), ("saturation", saturation)] {
            guard 0...1 ~= value else { throw OptionError(option, "must be from 0 to 1, not \(value)") }
        }
        guard 0...0.5 ~= hue else { throw OptionError("hue", "must be from 0 to 0.5 turns, not \(hue)") }
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        func factor(_ range: Float) -> Float { Float.random(in: 1 - range...1 + range, using: &random) }
        var change = ColorChange.identity
        change.scale(by: factor(brightness))
        let factorOfContrast = factor(contrast)
        if contrast > 0 {
            // The mean grey of a linear change of the picture is the change of its mean colour.
            let grey = ColorChange.grey(of: change.apply(to: sample.image.meanColor))
            change.scale(by: factorOfContrast)
            change.add(grey * (1 - factorOfContrast))
        }
        change.saturate(by: factor(saturation))
        change.turnHue(by: Float.random(in: -hue...hue, using: &random))
        var result = sample
        result.image.apply(change)
        return result
    }
}

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

/// Puts the channels in the order blue, green, red, which networks that were trained with OpenCV expect.
public struct ToBGR: Transform, ComponentOptions {
    public init() {}

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        var result = sample
        result.image = sample.image.exchangingRedAndBlue()
        return result
    }
}

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
