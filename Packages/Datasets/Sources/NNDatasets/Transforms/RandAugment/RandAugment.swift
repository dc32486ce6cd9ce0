import NNLayers

/// Changes pictures by a few operations drawn from fourteen, all of one strength (Cubuk et al. 2020).
///
/// The operations and their ranges are those of torchvision. It is for classification: masks are not moved.
public struct RandAugment: Transform, ComponentOptions {
    /// How many operations follow each other: n of the paper.
    public var count = 2
    /// How strong they are, from 0 to 30: m of the paper.
    public var magnitude: Float = 9
    /// The value of pixels from outside in every channel, from 0 to 255.
    public var fill: UInt8 = 0

    private static let greatestMagnitude: Float = 30

    public init() {}

    public init(count: Int = 2, magnitude: Float = 9, fill: UInt8 = 0) {
        self.count = count
        self.magnitude = magnitude
        self.fill = fill
    }

    public func validate() throws {
        guard 1...14 ~= count else { throw OptionError("count", "must be from 1 to 14, not \(count)") }
        guard 0...Self.greatestMagnitude ~= magnitude else {
            throw OptionError("magnitude", "must be from 0 to 30, not \(magnitude)")
        }
    }

    /// The transform for one data set.
    /// - Throws: `OptionError` where there are masks.
    func adapted(to environment: TransformEnvironment) throws(OptionError) -> RandAugment {
        if environment.task == .segmentation {
            throw OptionError(
                "type", "is 'rand_augment', which does not move masks; use 'rotate', 'random_scale' and 'color_jitter'")
        }
        return self
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        var result = sample
        for _ in 0..<count {
            let choice = Int.random(in: 0..<RandAugmentOperation.allCases.count, using: &random)
            let isNegative = Bool.random(using: &random)
            let level = magnitude / Self.greatestMagnitude
            RandAugmentOperation.allCases[choice].apply(
                to: &result.image, level: isNegative ? -level : level, fill: fill)
        }
        return result
    }
}
