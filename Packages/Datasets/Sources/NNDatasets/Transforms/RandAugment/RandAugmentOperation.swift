import NNLayers

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
