import NNLayers

/// Rotates, shears, scales and shifts samples at random, all at once: images bilinearly, masks by nearest neighbour.
///
/// One resampling blurs less than one for each of the four. The size stays.
public struct Affine: Transform, BuildableOptions {
    /// The largest rotation in either direction, in degrees, up to 180. By default 10.
    public var degrees: Float = 10
    /// The largest tilt of columns, and by another draw of rows, in either direction, in degrees, up to 60. By default 5.
    public var shear: Float = 5
    /// The smallest factor of the content's sides. By default 0.9.
    public var minimumScale: Float = 0.9
    /// The largest, at most 16. By default 1.1.
    public var maximumScale: Float = 1.1
    /// The largest shift in each direction, as a fraction of that side. By default 0.1. Shifts are whole pixels.
    public var translation: Float = 0.1
    /// The probability of a change. By default 1.
    public var probability: Float = 1
    /// What lies outside of an image: `constant`, the pixel at its `edge`, or the image mirrored (`reflect`), in its mask
    /// too. By default constant.
    public var border = Image.Border.constant
    /// The value of pixels from outside in every channel, with a constant border. By default 0.
    public var fill: UInt8 = 0
    /// The label of pixels from outside of a mask, with a constant border. Configurations take it from the data set.
    public var ignoreIndex: Int?

    private enum CodingKeys: CodingKey {
        case degrees, shear, minimumScale, maximumScale, translation, probability, border, fill
    }

    public var keepsLayout: Bool { false }

    public var imageSupport: ImageSupport { .all }

    public init() {}

    /// - Parameters:
    ///   - degrees: The largest rotation in either direction, up to 180.
    ///   - shear: The largest tilt of columns and of rows in either direction, in degrees, up to 60.
    ///   - scale: The range of the factor of the content's sides, above 0 and at most 16.
    ///   - translation: The largest shift in each direction, as a fraction of that side.
    ///   - probability: The probability of a change.
    ///   - border: What lies outside of an image and its mask.
    ///   - fill: The value of pixels from outside in every channel, with a constant border.
    ///   - ignoreIndex: The label of pixels from outside of a mask; required for masks with a constant border.
    public init(
        degrees: Float = 10, shear: Float = 5, scale: ClosedRange<Float> = 0.9...1.1, translation: Float = 0.1,
        probability: Float = 1, border: Image.Border = .constant, fill: UInt8 = 0, ignoreIndex: Int? = nil
    ) {
        self.degrees = degrees
        self.shear = shear
        minimumScale = scale.lowerBound
        maximumScale = scale.upperBound
        self.translation = translation
        self.probability = probability
        self.border = border
        self.fill = fill
        self.ignoreIndex = ignoreIndex
        requireOptions("Affine", validate)
    }

    public func validate() throws {
        guard 0...180 ~= degrees else { throw OptionError("degrees", "must be from 0 to 180, not \(degrees)") }
        guard 0...60 ~= shear else { throw OptionError("shear", "must be from 0 to 60 degrees, not \(shear)") }
        try checkBounds("scale", minimumScale, maximumScale, above: 0, atMost: 16)
        try check("translation", translation, .fraction)
        try check("probability", probability, .fraction)
    }

    public func build(_ environment: TransformEnvironment, in registry: Registry) throws -> any Transform {
        var result = self
        result.ignoreIndex = try environment.labelOutside(border, for: "affine")
        return result
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let isChanged = Float(random.unit()) < probability
        func draw(_ range: Float) -> Double { Double(random.number(in: -range...range)) }
        let size = sample.image.size
        let map = AffineMap.affine(
            rotation: draw(degrees), shear: (draw(shear), draw(shear)),
            scale: Double(random.number(in: minimumScale...maximumScale)),
            translation: (
                (draw(translation) * Double(size.width)).rounded(), (draw(translation) * Double(size.height)).rounded()
            ), of: size)
        guard isChanged else { return sample }
        return try sample.warped(by: map, border: border, fill: fill, ignoreIndex: ignoreIndex)
    }
}

/// Displaces the pixels of samples by smooth random fields (Simard et al. 2003), as if drawn on rubber: images
/// bilinearly, masks by nearest neighbour.
public struct Elastic: Transform, BuildableOptions {
    /// The strength in pixels, up to 100,000: displacements have a standard deviation of about 0.16 · alpha / sigma. By
    /// default 50.
    public var alpha: Float = 50
    /// The standard deviation, in pixels, of the Gaussian that makes displacements smooth; at most 100. By default 5.
    public var sigma: Float = 5
    /// The probability of a change. By default 1.
    public var probability: Float = 1
    /// What lies outside of an image: `constant`, the pixel at its `edge`, or the image mirrored (`reflect`), in its mask
    /// too. By default constant.
    public var border = Image.Border.constant
    /// The value of pixels from outside in every channel, with a constant border. By default 0.
    public var fill: UInt8 = 0
    /// The label of pixels from outside of a mask, with a constant border. Configurations take it from the data set.
    public var ignoreIndex: Int?

    private enum CodingKeys: CodingKey { case alpha, sigma, probability, border, fill }

    public var keepsLayout: Bool { false }

    public var imageSupport: ImageSupport { .all }

    public init() {}

    /// - Parameters:
    ///   - alpha: The strength in pixels; displacements have a standard deviation of about 0.16 · alpha / sigma.
    ///   - sigma: The standard deviation, in pixels, of the Gaussian that makes displacements smooth; at most 100.
    ///   - probability: The probability of a change.
    ///   - border: What lies outside of an image and its mask.
    ///   - fill: The value of pixels from outside in every channel, with a constant border.
    ///   - ignoreIndex: The label of pixels from outside of a mask; required for masks with a constant border.
    public init(
        alpha: Float = 50, sigma: Float = 5, probability: Float = 1, border: Image.Border = .constant, fill: UInt8 = 0,
        ignoreIndex: Int? = nil
    ) {
        self.alpha = alpha
        self.sigma = sigma
        self.probability = probability
        self.border = border
        self.fill = fill
        self.ignoreIndex = ignoreIndex
        requireOptions("Elastic", validate)
    }

    public func validate() throws {
        guard 0...100_000 ~= alpha else { throw OptionError("alpha", "must be from 0 to 100000 pixels, not \(alpha)") }
        guard sigma > 0, sigma <= 100 else {
            throw OptionError("sigma", "must be above 0 and at most 100 pixels, not \(sigma)")
        }
        try check("probability", probability, .fraction)
    }

    public func build(_ environment: TransformEnvironment, in registry: Registry) throws -> any Transform {
        var result = self
        result.ignoreIndex = try environment.labelOutside(border, for: "elastic")
        return result
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let isChanged = Float(random.unit()) < probability
        let key = RandomKey(seed: random.next())
        guard isChanged, alpha > 0 else { return sample }
        let field = DisplacementField(amplitude: alpha, sigma: sigma, size: sample.image.size, key: key)
        return try sample.displaced(by: field, border: border, fill: fill, ignoreIndex: ignoreIndex)
    }
}

extension TransformEnvironment {
    /// The label for pixels that a warp takes from outside of masks; nil where there are none.
    fileprivate func labelOutside(_ border: Image.Border, for transform: String) throws(OptionError) -> Int? {
        if border == .constant, task.isDense, ignoreIndex == nil {
            throw OptionError(
                "border",
                "is 'constant', which adds pixels to masks; that needs a data set with an ignore index, "
                    + "'edge' and 'reflect' do not")
        }
        return border == .constant ? try labelOfAddedPixels(for: transform) : nil
    }
}
