import NNCore
import Testing

@testable import NNDatasets

@Suite struct ImageTraitsTests {
    func traits(_ bytes: [UInt8]) -> ImageTraits { ImageTraits(ImageReader().facts(of: bytes)) }

    @Test func headersOfPNG() {
        func traits(_ type: PNGFile.ColorType, depth: UInt8 = 8, chunks: [(String, [UInt8])] = []) -> ImageTraits {
            self.traits(
                PNGFile(
                    height: 1, width: 1, colorType: type, bitDepth: depth, rows: [[UInt8](repeating: 0, count: 8)],
                    chunks: chunks.map { (name: $0.0, bytes: $0.1) }
                ).bytes)
        }
        #expect(traits(.rgb) == [])
        #expect(traits(.grey) == .grey)
        #expect(traits(.greyAlpha) == [.grey, .transparent])
        #expect(traits(.rgba) == .transparent)
        #expect(traits(.rgb, depth: 16) == .sixteenBits)
        #expect(traits(.palette, chunks: [("PLTE", [1, 2, 3])]) == [])
        #expect(traits(.palette, chunks: [("PLTE", [1, 2, 3]), ("tRNS", [0])]) == .transparent)
    }

    /// A JPEG file up to its frame header, with an EXIF segment before it.
    func header(components: UInt8, exif: [UInt8] = []) -> [UInt8] {
        var bytes: [UInt8] = [0xff, 0xd8]
        if !exif.isEmpty {
            let segment = Array("Exif\0\0".utf8) + exif
            bytes += [0xff, 0xe1, 0, UInt8(segment.count + 2)] + segment
        }
        return bytes + [0xff, 0xdb, 0, 4, 1, 2] + [0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, components, 1, 0x11, 0]
    }

    @Test func headersOfJPEG() {
        #expect(traits(header(components: 3)) == [])
        #expect(traits(header(components: 1)) == .grey)
        #expect(traits(header(components: 4)) == .cmyk)
    }

    @Test(arguments: [(UInt8(1), [] as ImageTraits), (6, .rotated), (0, .wrongOrientation), (9, .wrongOrientation)])
    func orientations(_ orientation: UInt8, _ expected: ImageTraits) {
        let little: [UInt8] =
            Array("II".utf8) + [42, 0, 8, 0, 0, 0, 1, 0] + [0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]
        let big: [UInt8] =
            Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1] + [1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
        for exif in [little, big] {
            #expect(traits(header(components: 3, exif: exif)) == expected)
        }
    }

    /// Whatever is cut off or wrong, nothing is read beyond the end.
    @Test func damagedHeadersHaveFewerTraits() {
        let exif: [UInt8] =
            Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0xff, 0xff] + [1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
        let whole = header(components: 1, exif: exif)
        for count in 0...whole.count {
            #expect(traits(Array(whole.prefix(count))).isSubset(of: [.grey, .rotated]))
        }
        #expect(traits(Array("MM, but no image".utf8)) == [])
        #expect(traits([0xff, 0xd8, 0xff, 0xe1, 0, 0] + [UInt8](repeating: 0xff, count: 20)) == [])
    }
}
