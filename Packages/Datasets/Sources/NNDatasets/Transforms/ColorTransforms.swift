import Foundation
import NNLayers

/// Changes brightness, contrast, saturation and hue of images at random, in this order.
///
/// All four are linear in the colours, so that they are one ``ColorMatrix`` for each image, clipped once.
public struct ColorJitter: Transform, BuildableOptions {
    /// Colours are multiplied by a factor of 1 ± this, up to 1. By default 0.
    public var brightness: Float = 0
    /// Differences from the image's mean grey are multiplied by a factor of 1 ± this, up to 1. By default 0.
    public var contrast: Float = 0
    /// Differences from each pixel's grey are multiplied by a factor of 1 ± this, up to 1. By default 0.
    public var saturation: Float = 0
    /// The hue is rotated by ± this, in full turns, up to 0.5. By default 0.
    public var hue: Float = 0

    public init() {}

    /// - Parameters:
    ///   - brightness: The range of the factor of brightness: 1 ± this, up to 1.
    ///   - contrast: The range of the factor of contrast: 1 ± this, up to 1.
    ///   - saturation: The range of the factor of saturation: 1 ± this, up to 1.
    ///   - hue: The range of the rotation of hue: ± this, in full turns, up to 0.5.
    public init(brightness: Float = 0, contrast: Float = 0, saturation: Float = 0, hue: Float = 0) {
        self.brightness = brightness
        self.contrast = contrast
        self.saturation = saturation
        self.hue = hue
        requireOptions("ColorJitter", validate)
    }

    public func validate() throws {
        try check("brightness", brightness, .fraction)
        try check("contrast", contrast, .fraction)
        try check("saturation", saturation, .fraction)
        guard 0...0.5 ~= hue else { throw OptionError("hue", "must be from 0 to 0.5 turns, not \(hue)") }
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        func factor(_ range: Float) -> Float { Float.random(in: 1 - range...1 + range, using: &random) }
        var change = ColorMatrix.identity
        change.scale(by: factor(brightness))
        let factorOfContrast = factor(contrast)
        if contrast > 0 {
            // The mean grey of a linearly changed image is the change of its mean colour.
            let grey = ColorMatrix.grey(of: change.apply(to: sample.image.meanColor))
            change.scale(by: factorOfContrast)
            change.add(grey * (1 - factorOfContrast))
        }
        change.saturate(by: factor(saturation))
        change.rotateHue(by: Float.random(in: -hue...hue, using: &random))
        var result = sample
        result.image.apply(change)
        return result
    }
}

/// Converts images to greyscale at random; they keep three channels, which become equal.
public struct Grayscale: Transform, BuildableOptions {
    /// The probability of the conversion. By default 0.1.
    public var probability: Float = 0.1

    public init() {}

    /// - Parameter probability: The probability of the conversion.
    public init(probability: Float = 0.1) {
        self.probability = probability
        requireOptions("Grayscale", validate)
    }

    public func validate() throws { try check("probability", probability, .fraction) }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        guard Float.random(in: 0..<1, using: &random) < probability else { return sample }
        var change = ColorMatrix.identity
        change.saturate(by: 0)
        var result = sample
        result.image.apply(change)
        return result
    }
}

/// Converts images from RGB to BGR, which networks trained with OpenCV expect.
public struct ToBGR: Transform, BuildableOptions {
    public var imageSupport: ImageSupport { .floats }

    /// A transform without options.
    public init() {}

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        var result = sample
        result.image = sample.image.exchangingRedAndBlue()
        return result
    }
}

/// Blurs images at random, by a Gaussian of random standard deviation.
public struct GaussianBlur: Transform, BuildableOptions {
    /// The smallest standard deviation in pixels. By default 0.1.
    public var minimumSigma: Float = 0.1
    /// The largest, up to 100. By default 2.
    public var maximumSigma: Float = 2
    /// The probability of blurring an image. By default 0.5.
    public var probability: Float = 0.5

    public var imageSupport: ImageSupport { .anyChannels }

    public init() {}

    /// - Parameters:
    ///   - sigma: The range of the standard deviation in pixels, above 0 and at most 100.
    ///   - probability: The probability of blurring an image.
    public init(sigma: ClosedRange<Float> = 0.1...2, probability: Float = 0.5) {
        minimumSigma = sigma.lowerBound
        maximumSigma = sigma.upperBound
        self.probability = probability
        requireOptions("GaussianBlur", validate)
    }

    public func validate() throws {
        try checkBounds("sigma", minimumSigma, maximumSigma, above: 0, atMost: 100)
        try check("probability", probability, .fraction)
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        let isBlurred = Float.random(in: 0..<1, using: &random) < probability
        let sigma = Float.random(in: minimumSigma...maximumSigma, using: &random)
        guard isBlurred else { return sample }
        var result = sample
        result.image = sample.image.blurred(sigma: sigma)
        return result
    }
}
