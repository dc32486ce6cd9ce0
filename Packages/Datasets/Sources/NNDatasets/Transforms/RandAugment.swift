import NNLayers

/// Applies a few random operations of fourteen, all of one magnitude (Cubuk et al. 2020).
///
/// The operations and their ranges are those of torchvision. Those that move pixels move the mask too.
public struct RandAugment: Transform, BuildableOptions {
    /// The number of operations applied to each image, from 1 to 14: n in the paper. By default 2.
    public var count = 2
    /// Their magnitude, from 0 to 30: m in the paper. By default 9.
    public var magnitude: Float = 9
    /// The value of pixels from outside in every channel. By default 0.
    public var fill: UInt8 = 0
    /// The label of pixels from outside of a mask. Configurations take it from the data set.
    public var ignoreIndex: Int?

    private enum CodingKeys: CodingKey { case count, magnitude, fill }

    private static let maximumMagnitude: Float = 30

    /// Translations reach 150 of 331 pixels, as in the paper.
    static let ranges = AugmentOperation.Ranges(
        shear: 0.3, translation: { 150.0 / 331 * Double($0) }, rotation: 30, enhancement: 0.9, droppedBits: 4)

    public var keepsLayout: Bool { false }

    public init() {}

    /// - Parameters:
    ///   - count: The number of operations applied to each image, from 1 to 14.
    ///   - magnitude: Their magnitude, from 0 to 30.
    ///   - fill: The value of pixels from outside in every channel.
    ///   - ignoreIndex: The label of pixels from outside of a mask; required for masks.
    public init(count: Int = 2, magnitude: Float = 9, fill: UInt8 = 0, ignoreIndex: Int? = nil) {
        self.count = count
        self.magnitude = magnitude
        self.fill = fill
        self.ignoreIndex = ignoreIndex
        requireOptions("RandAugment", validate)
    }

    public func validate() throws {
        try check("count", count, in: 1...14)
        guard 0...Self.maximumMagnitude ~= magnitude else {
            throw OptionError("magnitude", "must be from 0 to 30, not \(magnitude)")
        }
    }

    public func build(_ environment: TransformEnvironment, in registry: Registry) throws -> any Transform {
        var result = self
        result.ignoreIndex = try environment.labelOfAddedPixels(for: "rand_augment")
        return result
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        var result = sample
        for _ in 0..<count {
            let choice = Int.random(in: 0..<AugmentOperation.allCases.count, using: &random)
            let isNegative = Bool.random(using: &random)
            let level = magnitude / Self.maximumMagnitude
            result = try AugmentOperation.allCases[choice].apply(
                to: result, level: isNegative ? -level : level, in: Self.ranges, fill: fill, ignoreIndex: ignoreIndex)
        }
        return result
    }
}

/// Applies one random operation of fourteen, of a random magnitude (Müller and Hutter 2021, the wide ranges).
///
/// There is nothing to tune. The operations are those of ``RandAugment``, with ranges up to three times as wide, as in
/// torchvision's `TrivialAugmentWide`: shears up to a slope of 0.99, translations up to 32 pixels, rotations up to 135
/// degrees, brightness, saturation, contrast and sharpness times 0.01 to 1.99, and 2 to 8 bits. Those that move pixels
/// move the mask too.
public struct TrivialAugment: Transform, BuildableOptions {
    /// The value of pixels from outside in every channel. By default 0.
    public var fill: UInt8 = 0
    /// The label of pixels from outside of a mask. Configurations take it from the data set.
    public var ignoreIndex: Int?

    private enum CodingKeys: CodingKey { case fill }

    /// The number of magnitudes from nothing to the strongest.
    private static let magnitudeCount = 31

    static let ranges = AugmentOperation.Ranges(
        shear: 0.99, translation: { _ in 32 }, rotation: 135, enhancement: 0.99, droppedBits: 6)

    public var keepsLayout: Bool { false }

    public init() {}

    /// - Parameters:
    ///   - fill: The value of pixels from outside in every channel.
    ///   - ignoreIndex: The label of pixels from outside of a mask; required for masks.
    public init(fill: UInt8 = 0, ignoreIndex: Int? = nil) {
        self.fill = fill
        self.ignoreIndex = ignoreIndex
    }

    public func build(_ environment: TransformEnvironment, in registry: Registry) throws -> any Transform {
        var result = self
        result.ignoreIndex = try environment.labelOfAddedPixels(for: "trivial_augment")
        return result
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let operation = AugmentOperation.allCases[random.index(below: AugmentOperation.allCases.count)]
        let level = Float(random.index(below: Self.magnitudeCount)) / Float(Self.magnitudeCount - 1)
        let isNegative = random.index(below: 2) == 1
        return try operation.apply(
            to: sample, level: isNegative ? -level : level, in: Self.ranges, fill: fill, ignoreIndex: ignoreIndex)
    }
}
