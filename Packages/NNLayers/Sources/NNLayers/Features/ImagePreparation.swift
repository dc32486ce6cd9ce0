/// A step that prepares an image of 8 bits for a network, as other programs can follow it.
///
/// Steps work on whole bytes: what is calculated is rounded to them, halves upwards.
public enum ImagePreparation: Hashable, Sendable {
    /// How pixels of a resized image are calculated: `bilinear`, `bicubic`, `lanczos`, `box` or `nearest`, as Pillow
    /// defines them, with filters that cover all pixels that become one, unless `antialias` is false.
    public struct Filter: Hashable, Sendable {
        /// The name.
        public var interpolation: String
        /// Whether the filter is widened by the reduction.
        public var antialias: Bool

        /// A filter.
        public init(interpolation: String, antialias: Bool = true) {
            self.interpolation = interpolation
            self.antialias = antialias
        }
    }

    /// To a height and width.
    case resize(Size, Filter)
    /// The shorter side to a length, the longer one in proportion, rounded to whole pixels.
    case resizeShorterSide(Int, Filter)
    /// The middle of the image; half of what is left out, rounded down, is above and to the left.
    case centerCrop(Size)
    /// At least to a height and width, with pixels of one value: at the bottom and right or, if `isCentered`, half of them,
    /// rounded down, above and to the left.
    case pad(Size, isCentered: Bool, fill: UInt8)
    /// To multiples of a length, in the same way.
    case padToMultiple(of: Int, isCentered: Bool, fill: UInt8)
    /// Red, green and blue all become 0.299 red + 0.587 green + 0.114 blue.
    case grayscale
    /// RGB becomes BGR, or the other way round.
    case exchangeRedAndBlue
    /// A transform that is none of these, as a configuration writes it.
    case other(String)

    /// Whether the channels of every pixel are mixed or exchanged.
    public var changesChannels: Bool {
        switch self {
        case .grayscale, .exchangeRedAndBlue: true
        default: false
        }
    }

    /// Whether images have another size afterwards, or may have.
    public var changesSize: Bool {
        switch self {
        case .grayscale, .exchangeRedAndBlue: false
        default: true
        }
    }
}

extension ImagePreparation: Encodable {
    private enum CodingKeys: String, CodingKey {
        case step, size, shorterSide = "shorter_side", interpolation, antialias, divisor, centered, fill, transform
    }

    /// Encodes the name of the step and its settings: `{"step": "center_crop", "size": [224, 224]}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        func encode(_ filter: Filter) throws {
            try container.encode(filter.interpolation, forKey: .interpolation)
            try container.encode(filter.antialias, forKey: .antialias)
        }
        func encode(_ isCentered: Bool, _ fill: UInt8) throws {
            try container.encode(isCentered, forKey: .centered)
            try container.encode(fill, forKey: .fill)
        }
        try container.encode(name, forKey: .step)
        switch self {
        case .resize(let size, let filter):
            try container.encode([size.height, size.width], forKey: .size)
            try encode(filter)
        case .resizeShorterSide(let side, let filter):
            try container.encode(side, forKey: .shorterSide)
            try encode(filter)
        case .centerCrop(let size): try container.encode([size.height, size.width], forKey: .size)
        case .pad(let size, let isCentered, let fill):
            try container.encode([size.height, size.width], forKey: .size)
            try encode(isCentered, fill)
        case .padToMultiple(let divisor, let isCentered, let fill):
            try container.encode(divisor, forKey: .divisor)
            try encode(isCentered, fill)
        case .other(let text): try container.encode(text, forKey: .transform)
        case .grayscale, .exchangeRedAndBlue: break
        }
    }

    /// The name of the step in files.
    public var name: String {
        switch self {
        case .resize, .resizeShorterSide: "resize"
        case .centerCrop: "center_crop"
        case .pad, .padToMultiple: "pad"
        case .grayscale: "grayscale"
        case .exchangeRedAndBlue: "to_bgr"
        case .other: "other"
        }
    }
}
