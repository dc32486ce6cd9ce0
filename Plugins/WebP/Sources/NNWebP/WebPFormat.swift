import CNNWebP
import NNCore
import NNDatasets
import NNLayers

/// Registers the format WebP.
public struct WebPPlugin: Plugin {
    /// `WebP`.
    public let name = "WebP"

    /// The plugin; there is nothing to set.
    public init() {}

    /// Registers the format; see `Plugin`.
    public func register(into registry: Registry) throws {
        try registry.register(.imageFormat, "webp", summary: "WebP, lossy and lossless, without animation") {
            WebPFormat()
        }
    }
}

/// WebP, lossy and lossless, with and without opacity, by libwebp. An animation is an error.
///
/// ```swift
/// let image = try Image(contentsOf: url, reader: ImageReader(formats: [WebPFormat()]))
/// ```
public struct WebPFormat: ImageFormat {
    /// `WebP`.
    public let name = "WebP"
    /// `webp`.
    public let fileExtensions = ["webp"]

    /// The largest number of pixels that a byte of the file may become. Images of one colour, which become more, are no
    /// data.
    private static let largestRatio = 1 << 16

    /// The format; there is nothing to set.
    public init() {}

    /// Whether the file starts as one of RIFF with WebP in it.
    public func recognizes(_ beginning: [UInt8]) -> Bool {
        beginning.starts(with: "RIFF".utf8) && beginning.dropFirst(8).starts(with: "WEBP".utf8)
    }

    /// What the headers and the EXIF chunk say.
    public func facts(of bytes: [UInt8]) -> ImageFacts {
        var facts = ImageFacts()
        var form = nn_webp_form()
        if nn_webp_read_form(bytes, bytes.count, &form) {
            facts.size = try? ImageReader.checkedSize(
                height: Int64(form.height), width: Int64(form.width), file: name)
            facts.isTransparent = form.has_alpha
        }
        // A chunk is its name, its length and its bytes, padded to an even number.
        var offset = 12
        while offset + 8 <= bytes.count {
            let length = bytes[offset + 4..<offset + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
            let end = min(offset + 8 + length, bytes.count)
            if bytes[offset..<offset + 4].elementsEqual("EXIF".utf8) {
                // Some writers keep the beginning that EXIF has in JPEG files.
                let data = bytes[offset + 8..<end]
                let tiff = data.starts(with: "Exif\0\0".utf8) ? data.dropFirst(6) : data
                facts.orientation = ImageOrientation.stored(inTIFF: tiff)
            }
            offset += 8 + length + length % 2
        }
        return facts
    }

    /// Decodes a file; see `ImageFormat`.
    public func decode(_ bytes: [UInt8], file: String) throws(ImageError) -> DecodedImage {
        var form = nn_webp_form()
        guard nn_webp_read_form(bytes, bytes.count, &form) else { throw .damaged(file, "its headers are damaged") }
        guard !form.is_animated else {
            throw ImageError(
                file: file, reason: "it is an animation, of which no frame is the image",
                remedy: "Save one frame as an image, as 'webpmux -get frame 1' does, or remove it from the data set")
        }
        let size = try ImageReader.checkedSize(height: Int64(form.height), width: Int64(form.width), file: file)
        guard size.area / Self.largestRatio <= bytes.count else {
            throw .damaged(file, "its header claims \(size) pixels, more than \(bytes.count) bytes can hold")
        }
        let channels = form.has_alpha ? 4 : 3
        var isDecoded = false
        let pixels = [UInt8](unsafeUninitializedCapacity: size.area * channels) { buffer, filled in
            isDecoded = nn_webp_decode(bytes, bytes.count, &form, buffer.baseAddress!)
            filled = size.area * channels
        }
        guard isDecoded else { throw .damaged(file, "its pixels are damaged or cut short") }
        return DecodedImage(
            size: size, channels: channels, layout: form.has_alpha ? .rgba : .rgb, samples: .bytes(pixels))
    }
}
