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

    /// EXIF data with one directory of one entry, the orientation; the value is the beginning of its four bytes.
    static func exif(_ order: String, type: Int, count: Int, value: [Int], width: Int) -> [UInt8] {
        func bytes(_ number: Int, _ width: Int) -> [UInt8] {
            let little = (0..<width).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
            return order == "II" ? little : little.reversed()
        }
        var entry = bytes(274, 2) + bytes(type, 2) + bytes(count, 4)
        entry += value.flatMap { bytes($0, width) }
        entry += [UInt8](repeating: 0, count: 12 - entry.count)
        return Array(order.utf8) + bytes(42, 2) + bytes(8, 4) + bytes(1, 2) + entry
    }

    /// Each type of TIFF with the counts that Pillow 13 turns an image by; all others it leaves as they are.
    @Test(arguments: ["II", "MM"])
    func orientationsOfEveryTypeAreThoseOfPillow(order: String) {
        let turning = [3: [1, 2], 4: [1], 6: [1, 2, 3, 4], 8: [1, 2], 9: [1], 13: [1]]
        let widths = [1: 1, 2: 1, 4: 4, 6: 1, 7: 1, 9: 4, 13: 4]
        for type in 0...18 {
            let width = widths[type] ?? 2
            for count in [0, 1, 2, 3, 4, 5, 1 << 31] {
                let data = Self.exif(order, type: type, count: count, value: [type == 2 ? 0x36 : 6], width: width)
                let expected = turning[type]?.contains(count) == true ? ImageTraits.rotated : .wrongOrientation
                #expect(traits(header(components: 3, exif: data)) == expected, "type \(type), \(count) values")
                // No part of an entry that is cut off counts.
                for length in 0..<data.count {
                    #expect(ImageOrientation.stored(inTIFF: data.prefix(length)) == nil)
                }
            }
        }
        // The first of several, whatever the rest.
        for (values, expected) in [([6, 1], 6), ([1, 6], 1), ([0, 6], 0), ([9, 6], 9), ([6, 0xffff], 6)] {
            let data = Self.exif(order, type: 3, count: values.count, value: values, width: 2)
            #expect(ImageOrientation.stored(inTIFF: data) == expected)
        }
        let long = Self.exif(order, type: 4, count: 1, value: [0x0006_0000], width: 4)
        #expect(ImageOrientation.stored(inTIFF: long) == 0x0006_0000)
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
