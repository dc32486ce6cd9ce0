import CNNImages
import Foundation
import NNLayers

extension Image {
    /// Writes a PNG file. The file appears whole or not at all.
    ///
    /// - Parameter palette: A colour for each index of a mask; a viewer shows it, and
    ///   ``init(indicesOf:)`` reads the indices back. The image must have one channel.
    /// - Throws: ``ImageError`` where it cannot be written, as on a full disk.
    public func writePNG(to url: URL, palette: [Color]? = nil) throws(ImageError) {
        require(palette == nil || channels == 1 && palette!.count <= 256, "writePNG: not an index image")
        let colors = palette.map { Self.colorTable($0, rest: Color(0x000000)) }
        try write(to: url) { pixels, count, message in
            nn_png_encode(pixels, Int64(height), Int64(width), Int32(channels), colors, &count, message)
        }
    }

    /// Writes a JPEG file of 1 or 3 channels. The file appears whole or not at all.
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
        do {
            try Data(bytesNoCopy: file, count: count, deallocator: .free).write(to: url, options: .atomic)
        } catch {
            throw ImageError(
                file: url.path, reason: "it cannot be written: \(error.localizedDescription)",
                remedy: "Check that the folder exists, may be written to and has space")
        }
    }
}
