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
