import CNNImages
import Foundation
import NNLayers

extension Image {
    /// Reads an image file, as RGB of 8 bits by default. Its format is recognized by its first bytes, not by its name.
    ///
    /// Grey becomes three equal channels, a palette is looked up, 16 bits are scaled to 8, transparent pixels are blended
    /// with white, and CMYK is converted without a colour profile. The EXIF orientation is applied; gamma and profiles
    /// are not, as in the loaders of other frameworks.
    ///
    /// - Parameter reader: The formats beside PNG and JPEG, the number of channels, and whether the orientation is applied.
    /// - Throws: ``ImageError`` where the file is missing, empty, damaged, truncated or of another format.
    public init(contentsOf url: URL, reader: ImageReader = ImageReader()) throws(ImageError) {
        self = try reader.image(contentsOf: url)
    }

    /// Decodes an image file in memory, as RGB of 8 bits by default.
    /// - Parameters:
    ///   - file: The name for error messages.
    ///   - reader: The formats beside PNG and JPEG, the number of channels, and whether the orientation is applied.
    /// - Throws: ``ImageError`` where it is damaged, truncated or of another format.
    public init(encoded bytes: [UInt8], file: String, reader: ImageReader = ImageReader()) throws(ImageError) {
        self = try reader.image(encoded: bytes, file: file)
    }

    /// Reads a mask: a PNG file with a palette, or grey of at most 8 bits, as one channel of the stored numbers.
    /// The colours of the palette do not matter.
    ///
    /// - Parameter reader: Formats beside PNG; those that store masks exactly are read.
    /// - Throws: ``ImageError``, also for RGB, transparency or 16 bits.
    public init(indicesOf url: URL, reader: ImageReader = ImageReader()) throws(ImageError) {
        self = try reader.mask(contentsOf: url)
    }
}

extension Image {
    /// Writes a PNG file of 1, 3 or 4 channels of 8 bits atomically.
    ///
    /// - Parameter palette: A colour for each index of a mask, an image of one channel. Viewers show the colours, and
    ///   ``init(indicesOf:reader:)`` reads the indices back.
    /// - Throws: ``ImageError`` where it cannot be written, as on a full disk.
    public func writePNG(to url: URL, palette: [Color]? = nil) throws(ImageError) {
        try write(to: url, encodedPNG(file: url.path, palette: palette))
    }

    /// A PNG file of 1, 3 or 4 channels of 8 bits.
    ///
    /// - Parameters:
    ///   - file: The name for errors.
    ///   - palette: A colour for each index of a mask, an image of one channel.
    /// - Throws: ``ImageError`` where it cannot be encoded.
    @_spi(Internal) public func encodedPNG(file: String, palette: [Color]? = nil) throws(ImageError) -> [UInt8] {
        require(palette == nil || channels == 1 && palette!.count <= 256, "writePNG: not an index image")
        require([1, 3, 4].contains(channels), "writePNG: an image of \(channels) channels")
        let colors = palette.map { Self.colorTable($0, rest: Color(0x000000)) }
        return try encoded(file: file) { pixels, count, message in
            nn_png_encode(pixels, Int64(height), Int64(width), Int32(channels), colors, &count, message)
        }
    }

    /// Writes a JPEG file of 1 or 3 channels atomically.
    ///
    /// - Parameter quality: From 1 to 100.
    /// - Throws: ``ImageError`` where it cannot be written, or a side is longer than 65,500 pixels.
    public func writeJPEG(to url: URL, quality: Int = 90) throws(ImageError) {
        try write(to: url, encodedJPEG(file: url.path, quality: quality))
    }

    /// A JPEG file of 1 or 3 channels.
    ///
    /// - Parameters:
    ///   - file: The name for errors.
    ///   - quality: From 1 to 100.
    /// - Throws: ``ImageError`` where it cannot be encoded.
    @_spi(Internal) public func encodedJPEG(file: String, quality: Int) throws(ImageError) -> [UInt8] {
        require([1, 3].contains(channels), "writeJPEG: an image of \(channels) channels")
        return try encoded(file: file) { pixels, count, message in
            nn_jpeg_encode(pixels, Int64(height), Int64(width), Int32(channels), Int32(quality), &count, message)
        }
    }

    private func encoded(
        file name: String,
        _ encode: ([UInt8], inout Int, UnsafeMutablePointer<CChar>) -> UnsafeMutablePointer<UInt8>?
    ) throws(ImageError) -> [UInt8] {
        var file: UnsafeMutablePointer<UInt8>?
        var count = 0
        let message = failureMessage { message in
            file = encode(pixels, &count, message)
            return file != nil
        }
        guard let file else {
            throw ImageError(
                file: name, reason: "the image cannot be encoded: \(message ?? "unknown")", remedy: "Make it smaller")
        }
        defer { free(file) }
        return [UInt8](UnsafeBufferPointer(start: file, count: count))
    }

    private func write(to url: URL, _ bytes: [UInt8]) throws(ImageError) {
        do throws(TensorFileError) {
            try AtomicFile.write(Data(bytes), to: url)
        } catch {
            throw ImageError(
                file: url.path, reason: "it \(error.reason)",
                remedy: "Check that the folder may be written to")
        }
    }
}
