import CNNImages
import Foundation
import NNLayers

extension Image {
    /// Reads a PNG or JPEG file as RGB. Its format is recognized by its first bytes, not by its name.
    ///
    /// Grey becomes three equal channels, a palette is looked up, 16 bits are scaled to 8, transparent
    /// pixels are blended with white, and CMYK is converted without a colour profile. Gamma, profiles and
    /// the EXIF orientation are not applied, as in the loaders of other frameworks.
    ///
    /// - Throws: ``ImageError`` where the file is missing, empty, damaged, truncated or of another format.
    public init(contentsOf url: URL) throws(ImageError) {
        try self.init(encoded: try FileBytes.read(url.path), file: url.path)
    }

    /// Reads a PNG or JPEG file as RGB and ignores opacity.
    init(opaqueContentsOf url: URL) throws(ImageError) {
        try self.init(encoded: try FileBytes.read(url.path), file: url.path, decodePNG: nn_png_decode_opaque)
    }

    /// Decodes a PNG or JPEG file in memory as RGB.
    /// - Parameter file: The name for error messages.
    /// - Throws: ``ImageError`` where it is damaged, truncated or of another format.
    public init(encoded bytes: [UInt8], file: String) throws(ImageError) {
        try self.init(encoded: bytes, file: file, decodePNG: nn_png_decode)
    }

    private init(encoded bytes: [UInt8], file: String, decodePNG: Decoder) throws(ImageError) {
        switch ImageFormat(bytes) {
        case .png:
            try self.init(
                encoded: bytes, file: file, channels: 3, readSize: nn_png_size, decode: decodePNG)
        case .jpeg:
            try self.init(
                encoded: bytes, file: file, channels: 3, readSize: nn_jpeg_size, decode: nn_jpeg_decode)
        case nil:
            throw ImageError(
                file: file, reason: "it is neither a PNG nor a JPEG file",
                remedy: "Convert it to one of them, or remove it from the data set")
        }
    }

    /// Reads a mask: a PNG file with a palette, or grey of at most 8 bits, as one channel of the stored numbers.
    /// The colours of the palette do not matter.
    ///
    /// - Throws: ``ImageError``, also for RGB, transparency or 16 bits.
    public init(indicesOf url: URL) throws(ImageError) {
        let bytes = try FileBytes.read(url.path)
        guard ImageFormat(bytes) == .png else {
            throw ImageError(
                file: url.path, reason: "it is not a PNG file, and only PNG stores a mask exactly",
                remedy: "Save the mask as an 8-bit palette or grey PNG")
        }
        // The header always comes first: bits per sample, and the colour type (0 grey, 3 palette).
        guard bytes.count < 26 || bytes[24] <= 8 && [0, 3].contains(bytes[25]) else {
            throw ImageError(
                file: url.path,
                reason: "its pixels are colours, have transparency or 16 bits, and are not class indices",
                remedy: "Save the mask as an 8-bit palette or grey PNG, or, if each colour stands for a class, "
                    + "set 'mask_colors: true' in a data set that has this option")
        }
        try self.init(
            encoded: bytes, file: url.path, channels: 1, readSize: nn_png_size, decode: nn_png_decode_indices)
    }

    private typealias Decoder = (
        UnsafePointer<UInt8>, Int, UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<CChar>
    ) -> Bool

    private init(
        encoded bytes: [UInt8], file: String, channels: Int,
        readSize: (
            UnsafePointer<UInt8>, Int, UnsafeMutablePointer<Int64>, UnsafeMutablePointer<Int64>,
            UnsafeMutablePointer<CChar>
        ) -> Bool,
        decode: Decoder
    ) throws(ImageError) {
        func damaged(_ message: String) -> ImageError {
            ImageError(file: file, reason: message, remedy: "Replace the file, or remove it from the data set")
        }
        var height: Int64 = 0
        var width: Int64 = 0
        if let message = failureMessage({ readSize(bytes, bytes.count, &height, &width, $0) }) {
            throw damaged(message)
        }
        let (area, overflows) = height.multipliedReportingOverflow(by: width)
        guard !overflows, 1...Int64(Self.maximumPixelCount) ~= area else {
            throw damaged(
                "its header claims \(height)x\(width) pixels; at most \(Self.maximumPixelCount) can be read")
        }
        var message: String?
        self.init(size: Size(height: Int(height), width: Int(width)), channels: channels) { pixels in
            // Not empty: the area is 1 or more.
            message = failureMessage { decode(bytes, bytes.count, pixels.baseAddress!, $0) }
        }
        if let message { throw damaged(message) }
    }
}

/// The image formats that can be read.
private enum ImageFormat {
    case png, jpeg

    /// Recognizes the format by its first bytes.
    init?(_ bytes: [UInt8]) {
        if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
            self = .png
        } else if bytes.starts(with: [0xff, 0xd8, 0xff]) {
            self = .jpeg
        } else {
            return nil
        }
    }
}

/// The message of a C function that fills a buffer where it fails; nil where it succeeds.
func failureMessage(_ body: (UnsafeMutablePointer<CChar>) -> Bool) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NN_IMAGE_MESSAGE_LENGTH)) { buffer in
        buffer.initialize(repeating: 0)
        return body(buffer.baseAddress!) ? nil : String(cString: buffer.baseAddress!)
    }
}

extension Image {
    /// Writes a PNG file atomically.
    ///
    /// - Parameter palette: A colour for each index of a mask, an image of one channel. Viewers show the colours, and
    ///   ``init(indicesOf:)`` reads the indices back.
    /// - Throws: ``ImageError`` where it cannot be written, as on a full disk.
    public func writePNG(to url: URL, palette: [Color]? = nil) throws(ImageError) {
        require(palette == nil || channels == 1 && palette!.count <= 256, "writePNG: not an index image")
        let colors = palette.map { Self.colorTable($0, rest: Color(0x000000)) }
        try write(to: url) { pixels, count, message in
            nn_png_encode(pixels, Int64(height), Int64(width), Int32(channels), colors, &count, message)
        }
    }

    /// Writes a JPEG file of 1 or 3 channels atomically.
    ///
    /// - Parameter quality: From 1 to 100.
    /// - Throws: ``ImageError`` where it cannot be written, or a side is longer than 65,500 pixels.
    public func writeJPEG(to url: URL, quality: Int = 90) throws(ImageError) {
        require(channels != 4, "writeJPEG: a JPEG file has no transparency")
        try write(to: url) { pixels, count, message in
            nn_jpeg_encode(pixels, Int64(height), Int64(width), Int32(channels), Int32(quality), &count, message)
        }
    }

    private func write(
        to url: URL, encode: ([UInt8], inout Int, UnsafeMutablePointer<CChar>) -> UnsafeMutablePointer<UInt8>?
    ) throws(ImageError) {
        var file: UnsafeMutablePointer<UInt8>?
        var count = 0
        let message = failureMessage { message in
            file = encode(pixels, &count, message)
            return file != nil
        }
        guard let file else {
            throw ImageError(
                file: url.path, reason: "the image cannot be encoded: \(message ?? "unknown")",
                remedy: "Make it smaller")
        }
        do throws(TensorFileError) {
            try AtomicFile.write(Data(bytesNoCopy: file, count: count, deallocator: .free), to: url)
        } catch {
            throw ImageError(
                file: url.path, reason: "it \(error.reason)",
                remedy: "Check that the folder exists, may be written to and has space")
        }
    }
}
