import Foundation
@_spi(Internal) import NNDatasets
import NNLayers
import NNTIFF
import Testing

/// Files that `Tests/Fixtures/make_image_files.py` wrote, with values that follow from their positions.
@Suite struct TIFFFormatTests {
    let size = Size(height: 21, width: 37)

    func url(_ name: String) throws -> URL {
        try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures"))
    }

    func read(_ name: String, channels: Int, bits: Int? = nil) throws -> Image {
        try ImageReader(formats: [TIFFFormat()], channels: channels, bits: bits).image(contentsOf: url(name))
    }

    func failure(_ name: String, channels: Int = 3) throws -> String {
        let url = try url(name)
        let reader = ImageReader(formats: [TIFFFormat()], channels: channels)
        return try #require(throws: ImageError.self) { try reader.image(contentsOf: url) }.description
    }

    /// The bytes that the fixtures have.
    func bytes(_ channels: Int) -> [UInt8] {
        (0..<size.area * channels).map { index in
            let (pixel, channel) = (index / channels, index % channels)
            let (row, column) = (pixel / size.width, pixel % size.width)
            let value: Int = 37 * row + 11 * column + 53 * channel
            return UInt8(value % 251)
        }
    }

    func row(_ index: Int, _ channels: Int) -> Int { index / channels / size.width }

    /// 16 bits from 0 to 1.
    func words(_ channels: Int) -> [Float] {
        bytes(channels).enumerated().map { Float(UInt16($1) * 257 + UInt16(row($0, channels))) / 65535 }
    }

    func floats(_ channels: Int) -> [Float] { bytes(channels).map { Float($0) / 7 - 10 } }

    @Test(arguments: [
        ("grey.tif", 1), ("white_is_zero.tif", 1), ("rgb_tiles_lzw.tif", 3), ("rgb_planar.tif", 3),
        ("rgba.tif", 4), ("bands5.tif", 5),
    ])
    func eightBits(name: String, channels: Int) throws {
        let image = try read(name, channels: channels)
        #expect(image.size == size && image.channels == channels)
        #expect(image.pixels == bytes(channels))
    }

    @Test(arguments: [("bands5_16.tif", 5), ("bands5_16_planar_tiles.tif", 5), ("big.tif", 2)])
    func sixteenBits(name: String, channels: Int) throws {
        #expect(try read(name, channels: channels).floats == words(channels))
        let scaled = try read(name, channels: channels, bits: 8)
        #expect(scaled.pixels == bytes(channels))
    }

    @Test func floatsAreAsTheyAreStored() throws {
        #expect(try read("floats.tif", channels: 3).floats == floats(3))
        #expect(try read("doubles.tif", channels: 1).floats == floats(1))
        #expect(try read("signed.tif", channels: 1).floats == bytes(1).map { Float($0) - 100 })
        // The value 0 stands for missing data in this file: the first pixel has it.
        #expect(try failure("missing.tif", channels: 1).contains("missing.tif: the pixel in row 0, column 0 is nan"))
    }

    @Test func bitsAndPalettesBecomeBytes() throws {
        #expect(try read("bits.tif", channels: 1).pixels == bytes(1).map { $0 > 125 ? 255 : 0 })
        let colors: [[UInt8]] = [[255, 0, 128], [0, 255, 64], [10, 20, 30]]
        #expect(try read("palette.tif", channels: 3).pixels == bytes(1).flatMap { colors[Int($0) % 3] })
    }

    @Test func channelsAreConverted() throws {
        let grey = try read("grey.tif", channels: 3)
        #expect(grey.pixels == bytes(1).flatMap { [$0, $0, $0] })
        let rgba = try read("rgb_tiles_lzw.tif", channels: 4)
        #expect(
            (0..<size.area).allSatisfy { rgba.pixels[4 * $0 + 3] == 255 && rgba.pixels[4 * $0] == bytes(3)[3 * $0] })
        let message = try failure("bands5.tif")
        #expect(message.contains("it has 5 channels, and the data set 3. Set 'channels: 5'"))
    }

    @Test func orientationsAreApplied() throws {
        let turned = try read("turned.tif", channels: 3)
        #expect(turned.size == Size(height: size.width, width: size.height))
        // The lower left pixel of the file is at the upper left.
        #expect(
            Array(turned.pixels[0..<3])
                == Array(bytes(3)[(size.height - 1) * size.width * 3..<(size.height - 1) * size.width * 3 + 3]))
        let file = try url("turned.tif")
        #expect(
            try ImageReader(formats: [TIFFFormat()], orientation: .ignore).image(contentsOf: file).pixels == bytes(3))
        #expect(try read("no_orientation.tif", channels: 3).pixels == bytes(3))
    }

    @Test func masksAreExact() throws {
        let reader = ImageReader(formats: [TIFFFormat()])
        for name in ["mask8.tif", "mask16.tif", "palette.tif"] {
            let mask = try reader.mask(contentsOf: url(name))
            #expect(mask.channels == 1 && mask.pixels == bytes(1).map { $0 % 3 }, "\(name)")
        }
        for (name, reason) in [("mask300.tif", "has the label 299"), ("rgba.tif", "are not class indices")] {
            let file = try url(name)
            let error = #expect(throws: ImageError.self) { try reader.mask(contentsOf: file) }
            #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
        }
    }

    /// Neither time nor memory follows from what a header claims.
    @Test func forgedHeadersAreRefused() throws {
        let start = ContinuousClock.now
        #expect(try failure("forged_tiles.tif").contains("in 2147483648 tiles, more than 166 bytes can hold"))
        #expect(try failure("forged_size.tif").contains("60000x60000 pixels"))
        #expect(try failure("cut.tif").contains("cut.tif: "))
        #expect(ContinuousClock.now - start < .seconds(1))
    }

    /// Whatever byte is wrong, the file is read or refused.
    @Test(arguments: ["rgb_tiles_lzw.tif", "bands5_16_planar_tiles.tif", "palette.tif", "big.tif", "floats.tif"])
    func damagedFilesAreReadOrRefused(name: String) throws {
        let whole = [UInt8](try Data(contentsOf: url(name)))
        let reader = ImageReader(formats: [TIFFFormat()], channels: 3)
        for position in stride(from: 4, to: whole.count, by: max(whole.count / 400, 1)) {
            for value: UInt8 in [0, 0x7f, 0xff] {
                var bytes = whole
                bytes[position] = value
                _ = try? reader.image(encoded: bytes, file: name)
                _ = try? TIFFFormat().decodeIndices(bytes, file: name)
            }
        }
        for count in stride(from: 0, to: whole.count, by: max(whole.count / 200, 1)) {
            _ = try? reader.image(encoded: Array(whole.prefix(count)), file: name)
        }
    }

    @Test func registryHasTheFormat() throws {
        let registry = try Registry(plugins: [DatasetsPlugin(), TIFFPlugin()])
        let reader = try ImageReader(channels: 5).withFormats(of: registry)
        #expect(reader.fileExtensions == ["jpg", "jpeg", "jfif", "png", "tif", "tiff"])
        #expect(try reader.image(contentsOf: url("bands5.tif")).channels == 5)
    }
}
