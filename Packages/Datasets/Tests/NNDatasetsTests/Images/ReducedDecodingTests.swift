import Foundation
import NNCore
import NNDatasets
import NNLayers
import Testing

/// JPEG files that are decoded at a fraction of their size.
@Suite struct ReducedDecodingTests {
    let folder: TemporaryFolder
    let reader = ImageReader(decoding: .reduced)

    init() throws { folder = try TemporaryFolder() }

    func write(_ image: Image, quality: Int = 95, orientation: UInt8? = nil, to path: String = "a.jpg") throws -> URL {
        let file = try folder.file(path)
        try image.writeJPEG(to: file, quality: quality)
        guard let orientation else { return file }
        // An EXIF segment with one entry, 274, after the first two bytes.
        let tiff: [UInt8] = Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
        let exif = Array("Exif".utf8) + [0, 0] + tiff + [0, 0, 0, 0]
        let bytes = [UInt8](try Data(contentsOf: file))
        return try folder.write(
            bytes[..<2] + [0xff, 0xe1, 0, UInt8(exif.count + 2)] + exif + bytes[2...], to: path)
    }

    func sample(_ file: URL, atLeast size: Size?) throws -> Sample {
        try reader.sample(contentsOf: file, target: .label(0), atLeast: size)
    }

    func meanDifference(_ left: Image, _ right: Image) -> Double {
        #expect(left.size == right.size && left.channels == right.channels)
        let sum = zip(left.pixels, right.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return Double(sum) / Double(left.pixels.count)
    }

    @Test func theSmallestFractionThatSufficesIsDecoded() throws {
        let full = Size(height: 131, width: 203)
        let file = try write(.scene(full))
        for eighths in 1...8 {
            let size = Size(height: (131 * eighths + 7) / 8, width: (203 * eighths + 7) / 8)
            let found = try sample(file, atLeast: size)
            #expect(found.image.size == size && found.fullSize == full)
            // One pixel more needs another eighth, by either side.
            let next = min(eighths + 1, 8)
            for larger in [Size(height: size.height + 1, width: 1), Size(height: 1, width: size.width + 1)] {
                let size = Size(height: (131 * next + 7) / 8, width: (203 * next + 7) / 8)
                #expect(try sample(file, atLeast: larger).image.size == size)
            }
        }
        let whole = try Image(contentsOf: file)
        for size in [nil, Size(1000), full] {
            let found = try sample(file, atLeast: size)
            #expect(found.image == whole && found.fullSize == full)
        }
        let unreduced = try ImageReader().sample(contentsOf: file, target: .label(0), atLeast: 1)
        #expect(unreduced.image == whole)
    }

    /// By the rule of `DecodingNeed`, results are those of all pixels but for less than one of 255 on average.
    @Test(arguments: [20, 31, 40, 50, 64])
    func resultsAreThoseOfAllPixelsNearly(side: Int) throws {
        for (index, size) in [Size(height: 260, width: 345), Size(height: 400, width: 257)].enumerated() {
            let file = try write(.scene(size, seed: index))
            let resize = Resize(size: Size(side), keepsAspectRatio: true)
            let needed = try #require([resize].decodingSize)
            #expect(needed == Size(2 * side))
            let (reduced, whole) = (try sample(file, atLeast: needed), try sample(file, atLeast: nil))
            #expect(reduced.image.size.area < whole.image.size.area)
            let difference = meanDifference(
                try reduced.transformed(by: resize).image, try whole.transformed(by: resize).image)
            #expect(difference < 1, "\(difference)")
            // As many pixels as the result has would not do.
            let coarse = try sample(file, atLeast: Size(side)).transformed(by: resize)
            #expect(meanDifference(coarse.image, try whole.transformed(by: resize).image) > difference)
        }
    }

    @Test(arguments: 1...8)
    func imagesAreTurnedAfterTheyAreReduced(orientation: UInt8) throws {
        // 13 of 103 rows and 25 of 195 columns are decoded, the last of them for 7 and 3 pixels instead of 8.
        let file = try write(.scene(Size(height: 103, width: 195)), orientation: orientation)
        let exchanges = orientation > 4
        let wanted = exchanges ? Size(height: 20, width: 13) : Size(height: 13, width: 20)
        let found = try sample(file, atLeast: wanted)
        #expect(found.fullSize == (exchanges ? Size(height: 195, width: 103) : Size(height: 103, width: 195)))
        #expect(found.image.size == (exchanges ? Size(height: 25, width: 13) : Size(height: 13, width: 25)))
        let resize = Resize(size: 6, keepsAspectRatio: true)
        let (part, whole) = (try found.transformed(by: resize), try sample(file, atLeast: nil).transformed(by: resize))
        #expect(meanDifference(part.image, whole.image) < 1.5)
        let stored = ImageReader(orientation: .ignore, decoding: .reduced)
        let ignored = try stored.sample(contentsOf: file, target: .label(0), atLeast: Size(height: 24, width: 40))
        #expect(ignored.image.size == Size(height: 26, width: 49))
        #expect(ignored.fullSize == Size(height: 103, width: 195))
    }

    @Test func greyImagesInksAndScansAreReduced() throws {
        let grey = Image.scene(Size(height: 70, width: 50), channels: 1)
        let found = try ImageReader(channels: 1, decoding: .reduced)
            .sample(contentsOf: write(grey), target: .label(0), atLeast: 20)
        #expect(found.image.size == Size(height: 35, width: 25) && found.image.channels == 1)
        #expect(meanDifference(found.image, grey.resized(to: found.image.size)) < 4)
        // One block each: four inks, and a progressive file.
        let inks = """
            /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkK\
            CgoKCgYICwwLCgwJCgoK/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABQAAQAAAAAAAAAAAAAAAAAAAAn/xAAUEAEAAAAAAAAA\
            AAAAAAAAAAAA/9oADgRDAE0AWQBLAAA/AHUIYNsrj//Z
            """
        let progressive = """
            /9j/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/wgAL\
            CAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//aAAgBAQAAAAE//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABBQJ/\
            /8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQAGPwJ//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPyF//9oACAEBAAAA\
            EH//xAAXEAADAQAAAAAAAAAAAAAAAAAAESFh/9oACAEBAAE/EItP/9k=
            """
        for text in [inks, progressive] {
            let file = try folder.write([UInt8](try #require(Data(base64Encoded: text))), to: "b.jpg")
            for side in [1, 3, 8] {
                let found = try sample(file, atLeast: Size(side))
                #expect(found.image.size == Size(side) && found.fullSize == 8)
                let whole = try Image(contentsOf: file)
                #expect(meanDifference(found.image, whole.resized(to: Size(side))) < 3)
            }
        }
    }

    @Test func brokenFilesAreRefusedAsBefore() throws {
        let bytes = [UInt8](try Data(contentsOf: write(.scene(Size(height: 24, width: 31)))))
        func message(_ bytes: [UInt8], _ size: Size?) throws -> String? {
            let file = try folder.write(bytes, to: "broken.jpg")
            return failure { _ = try sample(file, atLeast: size) }
        }
        for count in stride(from: 3, to: bytes.count - 1, by: 7) {
            let cut = Array(bytes[..<count])
            let whole = try message(cut, nil)
            #expect(whole != nil)
            for size in [Size(1), Size(10)] { #expect(try message(cut, size) == whole) }
        }
        var forged = bytes
        let frame = try #require(bytes.indices.first { bytes[$0] == 0xff && bytes[$0 + 1] == 0xc0 })
        for side: UInt8 in [0x20, 0xea] {
            // 8192 pixels a side, which so few bytes cannot hold, and 59,904.
            forged.replaceSubrange(frame + 5..<frame + 9, with: [side, 0, side, 0])
            let whole = try message(forged, nil)
            #expect(whole?.contains("its header claims") == true)
            #expect(try message(forged, 1) == whole)
        }
        for position in stride(from: 2, to: bytes.count, by: 5) {
            var damaged = bytes
            damaged[position] ^= 0xff
            _ = try message(damaged, 5)
        }
    }

    @Test func otherFormatsAreDecodedWhole() throws {
        let image = Image.patterned(Size(height: 40, width: 30))
        let file = try folder.file("a.png")
        try image.writePNG(to: file)
        let found = try sample(file, atLeast: 4)
        #expect(found.image == image && found.fullSize == image.size)
    }
}

extension Image {
    /// An image as photographs are: soft shades, edges, and some noise.
    static func scene(_ size: Size, channels: Int = 3, seed: Int = 0) -> Image {
        var random = RandomGenerator(key: RandomKey(seed: UInt64(seed)))
        var image = Image(size: size, channels: channels)
        for row in 0..<size.height {
            for column in 0..<size.width {
                let (y, x) = (Double(row) / 30, Double(column + 17 * seed) / 40)
                let soft = 60 * sin(y + 0.7 * x) + 40 * sin(2.3 * x - y)
                let edge: Double = (row / 61 + column / 83) % 2 == 0 ? -40 : 0
                for channel in 0..<channels {
                    let value = 128 + soft + edge + 12 * sin(y + Double(channel)) + 3 * random.normal()
                    image[row, column, channel] = UInt8(min(max(value, 0), 255))
                }
            }
        }
        return image
    }
}
