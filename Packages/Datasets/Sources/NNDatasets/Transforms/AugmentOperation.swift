import NNLayers

/// The operations of ``RandAugment`` and ``TrivialAugment``, as torchvision defines them.
enum AugmentOperation: CaseIterable {
    case identity, shearHorizontally, shearVertically, translateHorizontally, translateVertically, rotate
    case brightness, saturation, contrast, sharpness, posterize, solarize, stretchContrast, equalize

    /// The strongest changes.
    struct Ranges {
        /// The largest slope of a shear.
        let shear: Double
        /// The largest translation in pixels, of a side of some pixels.
        let translation: @Sendable (Int) -> Double
        /// The largest angle, in degrees.
        let rotation: Double
        /// The largest change of brightness, saturation, contrast and sharpness.
        let enhancement: Float
        /// The largest number of dropped bits.
        let droppedBits: Float
    }

    /// Applies the operation to an image, and those that move pixels to its mask too.
    /// - Parameters:
    ///   - level: The magnitude from 0 to 1; negative for the other direction of operations that have two.
    ///   - fill: The value of pixels from outside in every channel.
    ///   - ignoreIndex: The label of pixels from outside of a mask.
    /// - Throws: ``ImageError`` for a mask without an ignore index.
    func apply(
        to sample: Sample, level: Float, in ranges: Ranges, fill: UInt8, ignoreIndex: Int?
    ) throws(ImageError) -> Sample {
        guard let map = map(level: Double(level), in: ranges, size: sample.image.size) else {
            var result = sample
            recolor(&result.image, level: level, in: ranges)
            return result
        }
        return try sample.warped(by: map, fill: fill, ignoreIndex: ignoreIndex)
    }

    /// How pixels are moved; nil where they stay.
    private func map(level: Double, in ranges: Ranges, size: Size) -> AffineMap? {
        /// Whole pixels, so that a translation does not blur.
        func shift(_ length: Int) -> Double { (ranges.translation(length) * level).rounded(.towardZero) }
        switch self {
        case .shearHorizontally: return .shear(horizontal: ranges.shear * level)
        case .shearVertically: return .shear(vertical: ranges.shear * level)
        case .translateHorizontally: return .translation(horizontal: shift(size.width))
        case .translateVertically: return .translation(vertical: shift(size.height))
        case .rotate: return .rotation(degrees: ranges.rotation * level, of: size)
        default: return nil
        }
    }

    private func recolor(_ image: inout Image, level: Float, in ranges: Ranges) {
        let factor = 1 + ranges.enhancement * level
        switch self {
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
        case .posterize: image.posterize(bits: 8 - Int((ranges.droppedBits * abs(level)).rounded()))
        case .solarize: image.solarize(from: Int((255 * (1 - abs(level))).rounded()))
        case .stretchContrast: image.stretchContrast()
        case .equalize: image.equalizeHistogram()
        default: break
        }
    }
}
