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

/// What ``RandAugment`` may do to a picture.
enum RandAugmentOperation: CaseIterable {
    case identity, shearHorizontally, shearVertically, translateHorizontally, translateVertically, rotate
    case brightness, saturation, contrast, sharpness, posterize, solarize, stretchContrast, equalize

    /// The greatest slope of a shear.
    private static let shear = 0.3
    /// The greatest part of the side that a picture moves by: 150 pixels of 331 in the paper.
    private static let translation = 150.0 / 331
    /// The greatest angle, in degrees.
    private static let rotation = 30.0
    /// The greatest change of brightness, saturation, contrast and sharpness.
    private static let enhancement: Float = 0.9
    /// The most bits that are dropped.
    private static let droppedBits: Float = 4

    /// - Parameter level: the strength from 0 to 1, and its direction, which counts where there are two.
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
            var change = ColorChange.identity
            change.scale(by: factor)
            image.apply(change)
        case .saturation:
            var change = ColorChange.identity
            change.saturate(by: factor)
            image.apply(change)
        case .contrast:
            var change = ColorChange.identity
            change.scale(by: factor)
            change.add(ColorChange.grey(of: image.meanColor) * (1 - factor))
            image.apply(change)
        case .sharpness: image = image.sharpened(by: factor)
        case .posterize: image.posterize(bits: 8 - Int((Self.droppedBits * abs(level)).rounded()))
        case .solarize: image.solarize(from: Int((255 * (1 - abs(level))).rounded()))
        case .stretchContrast: image.stretchContrast()
        case .equalize: image.equalizeHistogram()
        }
    }

    /// Whole pixels, so that a move does not blur.
    private static func shift(_ length: Int, _ level: Double) -> Double {
        (translation * Double(length) * level).rounded(.towardZero)
    }
}
