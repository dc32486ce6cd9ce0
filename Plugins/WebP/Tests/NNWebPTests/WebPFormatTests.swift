import Foundation
import NNDatasets
import NNLayers
import NNWebP
import Testing

/// Files that `Tests/Fixtures/make_image_files.py` wrote, with values that follow from their positions.
@Suite struct WebPFormatTests {
    let size = Size(height: 21, width: 37)

    func url(_ name: String) throws -> URL {
        try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures"))
    }

    func read(_ name: String, channels: Int = 3) throws -> Image {
        try ImageReader(formats: [WebPFormat()], channels: channels).image(contentsOf: url(name))
    }

    func bytes(_ channels: Int) -> [UInt8] {
        (0..<size.area * channels).map { index in
            let (pixel, channel) = (index / channels, index % channels)
            let (row, column) = (pixel / size.width, pixel % size.width)
            let value: Int = 37 * row + 11 * column + 53 * channel
            return UInt8(value % 251)
        }
    }

    @Test func pixelsAreThoseOfPillow() throws {
        #expect(try read("lossless.webp").pixels == bytes(3))
        #expect(try read("alpha.webp", channels: 4).pixels == bytes(4))
        #expect(try read("lossy.webp") == Image(contentsOf: url("lossy.png")))
    }

    @Test func orientationIsApplied() throws {
        let upright = try read("turned.webp")
        #expect(upright == Image(size: size, channels: 3, pixels: bytes(3)).turned(by: .turnedLeft))
        let file = try url("turned.webp")
        let reader = ImageReader(formats: [WebPFormat()], orientation: .ignore)
        #expect(try reader.image(contentsOf: file).pixels == bytes(3))
    }

    @Test(arguments: [("animation.webp", "animation"), ("cut.webp", "cut short")])
    func whatIsNoImageIsRefused(name: String, reason: String) throws {
        let error = try #require(throws: ImageError.self) { try read(name) }
        #expect(error.file.hasSuffix(name) && error.reason.contains(reason))
    }

    /// A header of lossless WebP that claims 16384x16384 pixels.
    @Test func forgedHeadersAreRefused() throws {
        let size: [UInt8] = [0x2f, 0xff, 0xff, 0xff, 0x0f]
        let chunk: [UInt8] = Array("VP8L".utf8) + [12, 0, 0, 0] + size + [UInt8](repeating: 0, count: 7)
        let file: [UInt8] = Array("RIFF".utf8) + [24, 0, 0, 0] + Array("WEBP".utf8) + chunk
        let error = try #require(throws: ImageError.self) {
            try ImageReader(formats: [WebPFormat()]).image(encoded: file, file: "forged.webp")
        }
        #expect(error.reason.contains("16384x16384") && error.reason.contains("can hold"))
    }

    @Test func damagedFilesAreReadOrRefused() throws {
        for name in ["lossless.webp", "lossy.webp", "turned.webp"] {
            let whole = [UInt8](try Data(contentsOf: url(name)))
            let reader = ImageReader(formats: [WebPFormat()])
            for position in 12..<whole.count {
                var bytes = whole
                bytes[position] ^= 0x5a
                _ = try? reader.image(encoded: bytes, file: name)
                _ = try? reader.image(encoded: Array(whole.prefix(position)), file: name)
            }
        }
    }
}
