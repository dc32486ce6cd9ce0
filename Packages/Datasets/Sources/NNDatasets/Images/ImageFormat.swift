import NNLayers

/// A format of image files.
///
/// PNG and JPEG are built in; plugins register others, and the data sets of configurations read all of them:
///
/// ```swift
/// try registry.register(.imageFormat, "qoi", summary: "Quite OK images") { QOIFormat() }
/// ```
///
/// Programs pass them to an ``ImageReader``.
public protocol ImageFormat: Sendable {
    /// The name in messages, such as `TIFF`.
    var name: String { get }

    /// The endings of file names, in lower case and without the dot: only files with an ending of a format are listed. What
    /// a file is, its first bytes say.
    var fileExtensions: [String] { get }

    /// Whether files store class indices exactly, so that masks are read from them. By default false.
    var storesMasks: Bool { get }

    /// Whether a file is of this format, by its first bytes; all of them for a short one.
    func recognizes(_ beginning: [UInt8]) -> Bool

    /// What the headers of a file say, as far as it can be read.
    func facts(of bytes: [UInt8]) -> ImageFacts

    /// Decodes a file; the orientation is not applied.
    /// - Parameter file: The name for errors.
    /// - Throws: `ImageError` for a file that is damaged, truncated or of a kind that is not read. A header that claims
    ///   more than the file can hold takes no memory in proportion.
    func decode(_ bytes: [UInt8], file: String) throws(ImageError) -> DecodedImage

    /// Decodes a file at a size of which both sides have at least the given lengths, where that takes less time than all
    /// of its pixels: JPEG files can be decoded at eighths of their size. By default all pixels are decoded.
    /// - Parameters:
    ///   - file: The name for errors.
    ///   - size: Height and width as they are stored, which the image may be smaller than.
    /// - Throws: `ImageError`, for the same files as without a size.
    func decode(_ bytes: [UInt8], file: String, atLeast size: Size) throws(ImageError) -> DecodedImage

    /// Decodes the stored numbers of a mask, one for each pixel, of 8 or 16 bits: a palette is not looked up. By default
    /// an error.
    /// - Throws: `ImageError`, also for colours.
    func decodeIndices(_ bytes: [UInt8], file: String) throws(ImageError) -> DecodedImage
}

extension ImageFormat {
    public var storesMasks: Bool { false }
    public func facts(of bytes: [UInt8]) -> ImageFacts { ImageFacts() }

    public func decode(_ bytes: [UInt8], file: String, atLeast size: Size) throws(ImageError) -> DecodedImage {
        try decode(bytes, file: file)
    }

    public func decodeIndices(_ bytes: [UInt8], file: String) throws(ImageError) -> DecodedImage {
        throw ImageError(
            file: file, reason: "\(name) does not store a mask exactly",
            remedy: "Save the mask as an 8-bit palette or grey PNG")
    }
}

extension ComponentKind<Void, any ImageFormat> {
    /// Formats of image files.
    public static var imageFormat: Self { Self("image_format") }
}

/// What the headers of an image file say.
public struct ImageFacts: Hashable, Sendable {
    /// Height and width as they are stored; nil where they are not found or no image has them.
    public var size: Size?
    /// The EXIF orientation as it is stored, valid or not; nil where there is none.
    public var orientation: Int?
    /// Whether the file is grey.
    public var isGrey = false
    /// Whether pixels may be transparent.
    public var isTransparent = false
    /// Whether the samples have 16 bits.
    public var isDeep = false
    /// Whether the samples are floats, or numbers that become them.
    public var isFloat = false
    /// Whether the file stores inks.
    public var isCMYK = false

    /// An opaque file of colours without an orientation.
    public init() {}
}

/// An image as its file has it, before it becomes what a data set asks for.
public struct DecodedImage: Sendable {
    /// The meaning of the channels.
    public enum Layout: Hashable, Sendable {
        /// One channel, black at 0.
        case grey
        /// Grey and opacity, not multiplied with each other.
        case greyAlpha
        /// Red, green and blue.
        case rgb
        /// Red, green, blue and opacity, not multiplied with each other.
        case rgba
        /// Any number of channels without such a meaning, as of satellites and microscopes.
        case bands
    }

    /// The values of all pixels, `[H, W, C]`.
    public enum Samples: Sendable {
        /// 8 bits.
        case bytes([UInt8])
        /// 16 bits.
        case words([UInt16])
        /// Floats, of any scale.
        case floats([Float])

        var count: Int {
            switch self {
            case .bytes(let values): values.count
            case .words(let values): values.count
            case .floats(let values): values.count
            }
        }
    }

    /// Height and width in pixels.
    public let size: Size
    /// The number of channels.
    public let channels: Int
    /// What the channels mean.
    public let layout: Layout
    /// The values.
    public let samples: Samples
    /// The pixels along a side for each of the file: 1, or less where it was decoded at a fraction of its size. The last
    /// row and column are then rounded up.
    public let scale: Double

    /// An image of a file; traps where the number of values is another, or the layout has another number of channels.
    /// - Parameter scale: The pixels along a side for each of the file, above 0 and at most 1; 1 by default.
    public init(size: Size, channels: Int, layout: Layout, samples: Samples, scale: Double = 1) {
        let expected: [Layout: Int] = [.grey: 1, .greyAlpha: 2, .rgb: 3, .rgba: 4]
        require(
            samples.count == size.area * channels && expected[layout] ?? channels == channels,
            "DecodedImage: \(samples.count) values for \(size) pixels of \(channels) channels")
        require(scale > 0 && scale <= 1, "DecodedImage: the scale \(scale)")
        self.size = size
        self.channels = channels
        self.layout = layout
        self.samples = samples
        self.scale = scale
    }
}
