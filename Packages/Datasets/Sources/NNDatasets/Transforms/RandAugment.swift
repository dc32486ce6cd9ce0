import NNLayers

/// Applies a few random operations of fourteen, all of one magnitude (Cubuk et al. 2020).
///
/// The operations and their ranges are those of torchvision. It is for classification, as masks are not moved.
public struct RandAugment: Transform, BuildableOptions {
    /// The number of operations applied to each image, from 1 to 14: n in the paper. By default 2.
    public var count = 2
    /// Their magnitude, from 0 to 30: m in the paper. By default 9.
    public var magnitude: Float = 9
    /// The value of pixels from outside in every channel. By default 0.
    public var fill: UInt8 = 0

    private static let maximumMagnitude: Float = 30

    public init() {}

    /// - Parameters:
    ///   - count: The number of operations applied to each image, from 1 to 14.
    ///   - magnitude: Their magnitude, from 0 to 30.
    ///   - fill: The value of pixels from outside in every channel.
    public init(count: Int = 2, magnitude: Float = 9, fill: UInt8 = 0) {
        self.count = count
        self.magnitude = magnitude
        self.fill = fill
        requireOptions("RandAugment", validate)
    }

    public func validate() throws {
        try check("count", count, in: 1...14)
        guard 0...Self.maximumMagnitude ~= magnitude else {
            throw OptionError("magnitude", "must be from 0 to 30, not \(magnitude)")
        }
    }

    public func build(_ environment: TransformEnvironment, in registry: Registry) throws -> any Transform {
        if environment.task.isDense {
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
            let level = magnitude / Self.maximumMagnitude
            RandAugmentOperation.allCases[choice].apply(
                to: &result.image, level: isNegative ? -level : level, fill: fill)
        }
        return result
    }
}

/// The operations of ``RandAugment``.
enum RandAugmentOperation: CaseIterable {
    case identity, shearHorizontally, shearVertically, translateHorizontally, translateVertically, rotate
    case brightness, saturation, contrast, sharpness, posterize, solarize, stretchContrast, equalize

    /// The largest slope of a shear.
    private static let shear = 0.3
    /// The largest translation as a fraction of the side: 150 of 331 pixels in the paper.
    private static let translation = 150.0 / 331
    /// The largest angle, in degrees.
    private static let rotation = 30.0
    /// The largest change of brightness, saturation, contrast and sharpness.
    private static let enhancement: Float = 0.9
    /// The largest number of dropped bits.
    private static let droppedBits: Float = 4

    /// - Parameter level: The magnitude from 0 to 1; negative for the other direction of operations that have two.
    func apply(to image: inout Image, level: Float, fill: UInt8) {
        let signed = Double(level)
        let factor = 1 + Self.enhancement * level
        func warp(_ map: AffineMap) { image = image.warped(by: map, interpolation: .bilinear, fill: fill) }
        switch self {
        case .identity: break
        case .shearHorizontally: warp(.shear(horizontal: Self.shear * signed))
        case .shearVertically: warp(.shear(vertical: Self.shear * signed))
        case .translateHorizontally: warp(.translation(horizontal: Self.shift(image.width, signed)))
        case .translateVertically: warp(.translation(vertical: Self.shift(image.height, signed)))
        case .rotate: warp(.rotation(degrees: Self.rotation * signed, of: image.size))
        case .brightness:
            var change = ColorMatrix.identity
            change.scale(by: factor)
            image.apply(change)
        case .saturation:
            var change = ColorMatrix.identity
            change.saturate(by: factor)
            image.apply(change)
        case .contrast:
            var change = ColorMatrix.identity
            change.scale(by: factor)
            change.add(ColorMatrix.grey(of: image.meanColor) * (1 - factor))
            image.apply(change)
        case .sharpness: image = image.sharpened(by: factor)
        case .posterize: image.posterize(bits: 8 - Int((Self.droppedBits * abs(level)).rounded()))
        case .solarize: image.solarize(from: Int((255 * (1 - abs(level))).rounded()))
        case .stretchContrast: image.stretchContrast()
        case .equalize: image.equalizeHistogram()
        }
    }

    /// Whole pixels, so that a translation does not blur.
    private static func shift(_ length: Int, _ level: Double) -> Double {
        (translation * Double(length) * level).rounded(.towardZero)
    }
}
