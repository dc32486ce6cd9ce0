import NNDatasets
import Foundation
import NNCore
import Testing

@Suite struct JPEGTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func encoded(_ image: Image, quality: Int = 90) throws -> [UInt8] {
        let file = try folder.file("image.jpg")
        try image.writeJPEG(to: file, quality: quality)
        return [UInt8](try Data(contentsOf: file))
    }

    func largestDifference(_ left: [UInt8], _ right: [UInt8]) -> Int {
        zip(left, right).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    @Test(arguments: [Size(1), Size(height: 17, width: 40)])
    func rgbIsReadNearlyAsItWasWritten(size: Size) throws {
        let image = Image.smooth(size)
        let read = try Image(encoded: encoded(image, quality: 100), file: "a.jpg")
        #expect(read.size == size && read.channels == 3)
        #expect(largestDifference(read.pixels, image.pixels) <= 6)
    }

    @Test func greyBecomesThreeEqualChannels() throws {
        let image = Image.smooth(Size(height: 9, width: 11), channels: 1)
        let read = try Image(encoded: encoded(image, quality: 100), file: "grey.jpg")
        #expect(largestDifference(read.pixels, image.pixels.flatMap { [$0, $0, $0] }) <= 2)
        #expect((0..<99).allSatisfy { Set(read.pixels[3 * $0..<3 * $0 + 3]).count == 1 })
    }

    @Test func inksAreConverted() throws {
        // 8x8 pixels of cyan 10, magenta 60, yellow 200, black 40, inverted as Adobe's marker demands.
        let inverted = [UInt8](
            try #require(
                Data(
                    base64Encoded: """
                        /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkK\
                        CgoKCgYICwwLCgwJCgoK/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABQAAQAAAAAAAAAAAAAAAAAAAAn/xAAUEAEAAAAAAAAA\
                        AAAAAAAAAAAA/9oADgRDAE0AWQBLAAA/AHUIYNsrj//Z
                        """)))
        // (255 - ink) (255 - black) / 255
        let read = try Image(encoded: inverted, file: "inks.jpg")
        #expect(largestDifference(Array(read.pixels[..<3]), [207, 164, 46]) <= 2)
        // The marker, 16 bytes after the first two, makes no difference.
        let plain = try Image(encoded: Array(inverted[..<2] + inverted[18...]), file: "inks.jpg")
        #expect(plain.pixels == read.pixels)
    }

    /// Few bytes must neither claim a large image nor have it gone over without end.
    @Test func forgedFilesTakeNeitherMemoryNorTime() throws {
        var bytes = try encoded(.patterned(Size(height: 24, width: 31)))
        let frame = try #require(bytes.indices.first { bytes[$0] == 0xff && bytes[$0 + 1] == 0xc0 })
        bytes.replaceSubrange(frame + 5..<frame + 9, with: [0x20, 0, 0x20, 0])
        let large = try #require(throws: ImageError.self) { try Image(encoded: bytes, file: "forged.jpg") }
        #expect(large.reason.hasPrefix("its header claims 8192x8192 pixels, more than"))

        // A progressive image of 8x8 pixels, whose second scan is repeated.
        let progressive = [UInt8](
            try #require(
                Data(
                    base64Encoded: """
                        /9j/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/wgAL\
                        CAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//aAAgBAQAAAAE//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABBQJ/\
                        /8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQAGPwJ//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPyF//9oACAEBAAAA\
                        EH//xAAXEAADAQAAAAAAAAAAAAAAAAAAESFh/9oACAEBAAE/EItP/9k=
                        """)))
        #expect(try Image(encoded: progressive, file: "a.jpg").size == Size(8))
        let scans = progressive.indices.filter { progressive[$0...].starts(with: [0xff, 0xda]) }
        // The second one is followed by another marker.
        let start = try #require(scans.dropFirst().first)
        let end = try #require(
            (start + 2..<progressive.count - 1).first { progressive[$0] == 0xff && progressive[$0 + 1] != 0 })
        let scan = progressive[start..<end]
        let many = progressive[..<end] + (0..<200).flatMap { _ in scan } + progressive[end...]
        let endless = try #require(throws: ImageError.self) { try Image(encoded: Array(many), file: "forged.jpg") }
        #expect(endless.reason.contains("it has more than 100 scans"), "\(endless.reason)")
    }

    @Test func everyTruncationIsAnError() throws {
        let bytes = try encoded(.patterned(Size(height: 24, width: 31)))
        for count in 3..<bytes.count - 1 {
            let cut = Array(bytes[..<count])
            #expect(throws: ImageError.self) { try Image(encoded: cut, file: "cut.jpg") }
        }
        let error = #expect(throws: ImageError.self) {
            try Image(encoded: Array(bytes[..<(bytes.count * 3 / 4)]), file: "cut.jpg")
        }
        #expect(error?.file == "cut.jpg")
        #expect(error?.reason == "Premature end of JPEG file")
    }

    @Test func damagedBytesNeverTrap() throws {
        let bytes = try encoded(.patterned(Size(height: 16, width: 16)))
        var failures = 0
        for position in 2..<bytes.count {
            var damaged = bytes
            damaged[position] ^= 0xff
            do { _ = try Image(encoded: damaged, file: "damaged.jpg") } catch { failures += 1 }
        }
        // Most headers and tables cannot be read with any byte turned round; pixels may decode to others.
        #expect(failures > 50)
    }

    @Test func absurdSizeIsRefused() throws {
        var bytes = try encoded(.smooth(8))
        let frame = try #require(bytes.indices.first { bytes[$0] == 0xff && bytes[$0 + 1] == 0xc0 })
        // Height and width are two bytes each, after the marker, the length and the precision.
        for offset in 5..<9 { bytes[frame + offset] = 0xf0 }
        let error = #expect(throws: ImageError.self) { try Image(encoded: bytes, file: "bomb.jpg") }
        #expect(error?.reason.contains("61680x61680") == true)
    }

    @Test func sidesTooLongForTheFormatCannotBeWritten() throws {
        let file = try folder.file("long.jpg")
        #expect(throws: ImageError.self) {
            try Image(size: Size(height: 1, width: 65_501), channels: 1).writeJPEG(to: file)
        }
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }
}
