import NNLayers

/// Adds noise to images at random, of random strength. Masks stay.
public struct Noise: Transform, BuildableOptions {
    /// How noise is distributed over an image.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Normally distributed, equally strong everywhere.
        case gaussian
        /// Normally distributed, its variance in proportion to the value, as that of light in a camera.
        case shot
        /// Normally distributed, in proportion to the value, as in radar and ultrasound images.
        case speckle
        /// Single black and white pixels.
        case saltAndPepper = "salt_and_pepper"
    }

    /// The kind: `gaussian`, `shot` (stronger where it is bright), `speckle` (in proportion to the value), or
    /// `salt_and_pepper` (single black and white pixels). By default gaussian.
    public var kind = Kind.gaussian
    /// The smallest standard deviation, of white for shot and speckle, as a fraction of the range of values. By default
    /// 0.01.
    public var minimumSigma: Float = 0.01
    /// The largest, at most 1. By default 0.1.
    public var maximumSigma: Float = 0.1
    /// The smallest share of pixels that salt and pepper changes. By default 0.001.
    public var minimumShare: Float = 0.001
    /// The largest, at most 1. By default 0.02.
    public var maximumShare: Float = 0.02
    /// Whether all channels of a pixel get the same noise. By default false.
    public var isGrey = false
    /// The probability of a change. By default 0.5.
    public var probability: Float = 0.5

    private enum CodingKeys: String, CodingKey {
        case kind, minimumSigma, maximumSigma, minimumShare, maximumShare, isGrey = "grey", probability
    }

    public var imageSupport: ImageSupport { .anyChannels }

    public init() {}

    /// - Parameters:
    ///   - kind: How noise is distributed over an image.
    ///   - sigma: The range of the standard deviation, as a fraction of the range of values; at most 1.
    ///   - share: The range of the share of pixels that salt and pepper changes.
    ///   - isGrey: Whether all channels of a pixel get the same noise.
    ///   - probability: The probability of a change.
    public init(
        kind: Kind = .gaussian, sigma: ClosedRange<Float> = 0.01...0.1, share: ClosedRange<Float> = 0.001...0.02,
        isGrey: Bool = false, probability: Float = 0.5
    ) {
        self.kind = kind
        minimumSigma = sigma.lowerBound
        maximumSigma = sigma.upperBound
        minimumShare = share.lowerBound
        maximumShare = share.upperBound
        self.isGrey = isGrey
        self.probability = probability
        requireOptions("Noise", validate)
    }

    public func validate() throws {
        for (option, value) in [("minimum_sigma", minimumSigma), ("maximum_sigma", maximumSigma)]
        where value > 1 && value <= 255 {
            throw OptionError(
                option, "must be at most 1, the range of values, not \(value); \(value) of 255 is \(value / 255)")
        }
        try checkBounds("sigma", minimumSigma, maximumSigma, above: 0, atMost: 1)
        try checkBounds("share", minimumShare, maximumShare, above: 0, atMost: 1)
        try check("probability", probability, .fraction)
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        let isChanged = Float(random.unit()) < probability
        let range = kind == .saltAndPepper ? minimumShare...maximumShare : minimumSigma...maximumSigma
        let strength = random.number(in: range)
        let key = RandomKey(seed: random.next())
        guard isChanged else { return sample }
        var result = sample
        switch kind {
        case .gaussian: result.image.addNoise(isShared: isGrey, key: key) { _ in 255 * strength }
        case .shot: result.image.addNoise(isShared: isGrey, key: key) { (255 * $0).squareRoot() * strength }
        case .speckle: result.image.addNoise(isShared: isGrey, key: key) { $0 * strength }
        case .saltAndPepper: result.image.addSaltAndPepper(share: strength, key: key)
        }
        return result
    }
}

/// Gives images the artefacts of a JPEG file of random quality, in memory. Masks stay.
public struct JPEGArtifacts: Transform, BuildableOptions {
    /// The smallest quality, from 1. By default 30.
    public var minimumQuality = 30
    /// The largest, up to 100. By default 95.
    public var maximumQuality = 95
    /// The probability of a change. By default 0.5.
    public var probability: Float = 0.5

    public var imageSupport: ImageSupport { .anyChannels }

    public init() {}

    /// - Parameters:
    ///   - quality: The range of the quality, from 1 to 100.
    ///   - probability: The probability of a change.
    public init(quality: ClosedRange<Int> = 30...95, probability: Float = 0.5) {
        minimumQuality = quality.lowerBound
        maximumQuality = quality.upperBound
        self.probability = probability
        requireOptions("JPEGArtifacts", validate)
    }

    public func validate() throws {
        try check("minimum_quality", minimumQuality, in: 1...100)
        guard minimumQuality...100 ~= maximumQuality else {
            throw OptionError("maximum_quality", "must be from \(minimumQuality) to 100, not \(maximumQuality)")
        }
        try check("probability", probability, .fraction)
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let isChanged = Float(random.unit()) < probability
        let quality = minimumQuality + random.index(below: maximumQuality - minimumQuality + 1)
        guard isChanged else { return sample }
        guard let image = sample.image.compressed(quality: quality) else {
            throw Self.tooLarge(sample.image.size, sample.name)
        }
        var result = sample
        result.image = image
        return result
    }

    public func sizes(of sizes: SizeRange, name: String) throws(ImageError) -> SizeRange? {
        let largest = sizes.largest
        if max(largest.height, largest.width) > Self.longestSide { throw Self.tooLarge(largest, name) }
        return sizes
    }

    /// `JPEG_MAX_DIMENSION` of libjpeg.
    private static let longestSide = 65_500

    private static func tooLarge(_ size: Size, _ name: String) -> ImageError {
        ImageError(
            file: name, reason: "its \(size) pixels are more than a JPEG file has",
            remedy: "Put 'resize' or a crop before 'jpeg'")
    }
}
