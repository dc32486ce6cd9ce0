import NNDatasets
import Foundation
import NNCore
import Testing

@Suite struct PNGTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func decoded(_ file: PNGFile) throws -> [UInt8] { try Image(encoded: file.bytes, file: "a.png").pixels }

    @Test(arguments: [Size(1), Size(height: 1, width: 7), Size(height: 13, width: 5)])
    func rgbIsReadAsItWasWritten(size: Size) throws {
        let image = Image.patterned(size)
        let file = try folder.file("image.png")
        try image.writePNG(to: file)
        #expect(try Image(contentsOf: file) == image)
    }

    @Test func greyBecomesThreeEqualChannels() throws {
        let image = Image.patterned(Size(height: 3, width: 4), channels: 1)
        let file = try folder.file("grey.png")
        try image.writePNG(to: file)
        #expect(try Image(contentsOf: file).pixels == image.pixels.flatMap { [$0, $0, $0] })
    }

    @Test func transparentPixelsLieOnWhite() throws {
        let pixels: [UInt8] = [10, 20, 30, 255, 10, 20, 30, 0, 100, 0, 200, 51]
        let file = try folder.file("alpha.png")
        try Image(size: Size(height: 1, width: 3), channels: 4, pixels: pixels).writePNG(to: file)
        // 51 / 255 is one fifth: 0.2 · 100 + 0.8 · 255 = 224.
        #expect(try Image(contentsOf: file).pixels == [10, 20, 30, 255, 255, 255, 224, 204, 244])
    }

    @Test func greyWithTransparencyLiesOnWhite() throws {
        let file = PNGFile(height: 1, width: 2, colorType: .greyAlpha, rows: [[7, 255, 7, 0]])
        #expect(try decoded(file) == [7, 7, 7, 255, 255, 255])
    }

    @Test func sixteenBitsAreScaled() throws {
        // 0x00ff is 255 of 65,535 and must become 1, not 255; 0x8080 is exactly 128.
        let file = PNGFile(
            height: 1, width: 4, colorType: .grey, bitDepth: 16,
            rows: [[0x00, 0x00, 0x00, 0xff, 0x80, 0x80, 0xff, 0xff]])
        #expect(try decoded(file) == [0, 0, 0, 1, 1, 1, 128, 128, 128, 255, 255, 255])
    }

    @Test func sixteenBitRGBAIsScaledAndLiesOnWhite() throws {
        let file = PNGFile(
            height: 1, width: 2, colorType: .rgba, bitDepth: 16,
            rows: [[0x10, 0x10, 0x20, 0x20, 0x30, 0x30, 0xff, 0xff, 0x10, 0x10, 0x20, 0x20, 0x30, 0x30, 0, 0]])
        #expect(try decoded(file) == [0x10, 0x20, 0x30, 255, 255, 255])
    }

    @Test func greyOfOneBitIsBlackAndWhite() throws {
        let file = PNGFile(height: 2, width: 3, colorType: .grey, bitDepth: 1, rows: [[0b1010_0000], [0b0110_0000]])
        #expect(try decoded(file) == [255, 0, 255, 0, 255, 255].flatMap { [$0, $0, $0] })
    }

    @Test func paletteIsLookedUp() throws {
        let file = PNGFile(
            height: 1, width: 3, colorType: .palette, rows: [[1, 0, 2]],
            chunks: [("PLTE", [1, 2, 3, 4, 5, 6, 7, 8, 9]), ("tRNS", [255, 255, 0])])
        #expect(try decoded(file) == [4, 5, 6, 1, 2, 3, 255, 255, 255])
    }

    @Test func gammaIsNotApplied() throws {
        let file = PNGFile(
            height: 1, width: 2, colorType: .grey, rows: [[50, 180]],
            chunks: [("gAMA", PNGFile.bigEndian(100_000))])
        #expect(try decoded(file) == [50, 50, 50, 180, 180, 180])
    }

    @Test func indicesOfAMaskAreKept() throws {
        let mask = Image(size: Size(height: 2, width: 3), channels: 1, pixels: [0, 1, 2, 150, 254, 255])
        let file = try folder.file("mask.png")
        // All entries but one are black: what counts is the index, not the colour.
        try mask.writePNG(to: file, palette: [.init(red: 9, green: 9, blue: 9)])
        #expect(try Image(indicesOf: file) == mask)
        #expect(try Image(contentsOf: file).pixels == [9, 9, 9] + [UInt8](repeating: 0, count: 15))
    }

    @Test func greyMaskIsNotStretched() throws {
        let four = PNGFile(height: 1, width: 3, colorType: .grey, bitDepth: 4, rows: [[0x1f, 0x70]])
        let file = try folder.write(four.bytes, to: "four-bits.png")
        #expect(try Image(indicesOf: file).pixels == [1, 15, 7])
        let gamma = PNGFile(
            height: 1, width: 2, colorType: .grey, rows: [[50, 180]],
            chunks: [("gAMA", PNGFile.bigEndian(100_000)), ("tRNS", [0, 50])])
        #expect(try Image(indicesOf: folder.write(gamma.bytes, to: "gamma.png")).pixels == [50, 180])
    }

    @Test func colourImageIsNoMask() throws {
        let file = try folder.file("colours.png")
        try Image.patterned(4).writePNG(to: file)
        let error = #expect(throws: ImageError.self) { try Image(indicesOf: file) }
        #expect(error?.file == file.path)
        #expect(error?.reason.contains("not class indices") == true)
    }

    @Test func everyTruncationIsAnError() throws {
        let file = try folder.file("whole.png")
        try Image.patterned(Size(height: 9, width: 6)).writePNG(to: file)
        let bytes = [UInt8](try Data(contentsOf: file))
        for count in 8..<bytes.count {
            #expect(throws: ImageError.self) { try Image(encoded: Array(bytes[..<count]), file: "cut.png") }
        }
    }

    @Test func damagedPixelsAreAnError() throws {
        var bytes = PNGFile(height: 1, width: 3, colorType: .grey, rows: [[1, 2, 3]]).bytes
        // The last pixel: 12 bytes of IEND, 4 of checksum and 4 of the zlib sum follow it.
        bytes[bytes.count - 21] ^= 1
        let error = #expect(throws: ImageError.self) { try Image(encoded: bytes, file: "damaged.png") }
        #expect(error?.description.hasPrefix("damaged.png: IDAT: ") == true)
    }

    @Test(arguments: [(1 << 15, 1 << 15), (2_000_000, 1), (0, 5)])
    func absurdSizesAreRefused(height: Int, width: Int) throws {
        let file = PNGFile(height: height, width: width, colorType: .rgb, rows: [])
        #expect(throws: ImageError.self) { try Image(encoded: file.bytes, file: "bomb.png") }
    }

    /// A forged header takes no memory, and what compresses best is still read.
    @Test func pixelsThatDoNotFitIntoTheFileAreRefused() throws {
        let forged = PNGFile(height: 20_000, width: 20_000, colorType: .rgb, rows: [])
        let error = #expect(throws: ImageError.self) { try Image(encoded: forged.bytes, file: "bomb.png") }
        #expect(error?.reason.contains("20000x20000 pixels, more than \(forged.bytes.count) bytes can hold") == true)
        let flat = Image(size: 1500, channels: 1)
        try flat.writePNG(to: folder.file("flat.png"))
        try flat.writeJPEG(to: folder.file("flat.jpg"), quality: 1)
        #expect(try Image(indicesOf: folder.file("flat.png")).pixels == flat.pixels)
        #expect(try Image(contentsOf: folder.file("flat.jpg")).size == flat.size)
    }

    @Test func writingIsAllOrNothing() throws {
        let image = Image.patterned(8)
        let missing = folder.url.appending(path: "missing/image.png")
        let error = #expect(throws: ImageError.self) { try image.writePNG(to: missing) }
        #expect(error?.file == missing.path)
        let file = try folder.file("image.png")
        try image.writePNG(to: file)
        try image.writePNG(to: file)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["image.png"])
    }
}
