import Foundation
@_spi(Text) import NNCore
@_spi(Text) @testable import NNDatasets
import NNLayers
import Testing

/// Files that `Tests/Fixtures/make_image_files.py` wrote.
@Suite struct ImageReaderTests {
    let folder = try! TemporaryFolder()

    func url(_ name: String) throws -> URL {
        try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures/images"))
    }

    /// 0 and 9 do not exist, and change nothing, as in Pillow.
    @Test(arguments: 0...9)
    func orientationsAreThoseOfPillow(orientation: Int) throws {
        let turned = try Image(contentsOf: url("orientation\(orientation).png"))
        #expect(turned == (try Image(contentsOf: url("upright\(orientation).png"))))
        let file = try url("orientation\(orientation).png")
        let stored = try Image(contentsOf: file, reader: ImageReader(orientation: .ignore))
        #expect(stored == (try Image(contentsOf: url("upright1.png"))))
    }

    @Test func greyOfColoursIsThatOfPillow() throws {
        let grey = try Image(contentsOf: url("turned.jpg"), reader: ImageReader(channels: 1))
        let expected = try Image(contentsOf: url("turned_grey.png"), reader: ImageReader(channels: 1))
        #expect(grey.channels == 1 && grey == expected)
    }

    @Test func sixteenBitsAreKeptOrScaled() throws {
        let file = try url("grey16.png")
        let bytes = try Image(contentsOf: url("upright1.png"))
        let words = try Image(contentsOf: file, reader: ImageReader(channels: 1)).floats
        #expect(words == (0..<54).map { Float(UInt16(bytes.pixels[3 * $0]) * 257 + 5) / 65535 })
        let scaled = try Image(contentsOf: file, reader: ImageReader(channels: 1, bits: 8))
        #expect(scaled.pixels == (0..<54).map { bytes.pixels[3 * $0] })
        let three = try Image(contentsOf: file)
        #expect(three.pixels == scaled.pixels.flatMap { [$0, $0, $0] })
        #expect(try Image(contentsOf: file, reader: ImageReader(bits: 16)).floats?.count == 162)
    }

    @Test func opacityIsKeptWithFourChannels() throws {
        let file = try folder.file("a.png")
        let image = Image(size: 2, channels: 4, pixels: (0..<16).map { UInt8(15 * $0) })
        try image.writePNG(to: file)
        #expect(try Image(contentsOf: file, reader: ImageReader(channels: 4)) == image)
        // Black of an opacity of 45 over white.
        #expect(try Image(contentsOf: file).pixels[0] == 210)
        let error = try #require(throws: ImageError.self) {
            try Image(contentsOf: file, reader: ImageReader(channels: 5))
        }
        #expect(error.description.contains("it has 4 channels, and the data set 5. Set 'channels: 4'"))
    }

    /// What Git and servers leave in place of a file.
    @Test(arguments: [
        (
            "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "a Git LFS pointer",
            "Run 'git lfs pull'"
        ),
        ("\n<!DOCTYPE html><html></html>", "a web page", "Download it again"),
        ("<HTML>", "a web page", "Download it again"),
    ])
    func standInsAreNamed(text: String, kind: String, remedy: String) throws {
        let file = try folder.write(text, to: "a.png")
        let error = try #require(throws: ImageError.self) { try Image(contentsOf: file) }
        #expect(error.reason == "it is \(kind) instead of the file itself" && error.remedy.hasPrefix(remedy))
        guard kind.contains("LFS") else { return }
        let message = failure { _ = try JSONValue(annotations: folder.write(text, to: "a.json")) }
        #expect(message?.contains("a.json: it is a Git LFS pointer") == true, "\(message ?? "")")
    }

    /// A name may have line breaks; a message has one line.
    @Test func messagesHaveOneLine() throws {
        let file = try folder.write("no image", to: "a\nb.png")
        let error = try #require(throws: ImageError.self) { try Image(contentsOf: file) }
        #expect(error.description.contains("a b.png: it is neither") && !error.description.contains("\n"))
        #expect(error.file == file.path)
        #expect(DatasetError(place: "a\tb", reason: "r", remedy: "R").description == "a b: r. R.")
    }

    @Test func otherFormatsAreNamed() throws {
        let file = try folder.write(Array("GIF89a".utf8) + [UInt8](repeating: 0, count: 20), to: "a.gif")
        let error = try #require(throws: ImageError.self) { try Image(contentsOf: file) }
        #expect(error.reason == "it is neither a PNG nor a JPEG file, but GIF")
    }

    @Test func forgedHeadersTakeNoMemory() throws {
        func png(_ side: UInt32) -> [UInt8] {
            let header = PNGFile.bigEndian(side) + PNGFile.bigEndian(side) + [8, 2, 0, 0, 0]
            return PNGFile.signature + PNGFile.chunk("IHDR", header) + PNGFile.chunk("IDAT", [0x78, 1]) + [0]
        }
        for side: UInt32 in [60000, 20000] {
            let error = try #require(throws: ImageError.self) { try Image(encoded: png(side), file: "forged.png") }
            #expect(error.description.contains("forged.png: its header claims \(side)x\(side) pixels"))
        }
        // A chunk of a gigabyte that is not there.
        for name in ["eXIf", "iCCP", "zTXt", "tEXt", "sPLT", "prVt", "IDAT"] {
            var bytes = png(1)
            let chunk = Array("@\0\0\0".utf8) + Array(name.utf8) + [UInt8](repeating: 1, count: 20)
            bytes.insert(contentsOf: chunk, at: 33)
            let error = try #require(throws: ImageError.self) { try Image(encoded: bytes, file: "forged.png") }
            #expect(error.reason.contains("Premature end"), "\(name): \(error.reason)")
        }
    }

    @Test(arguments: [0, -1, 1025])
    func channelsAreChecked(channels: Int) throws {
        for name in ["class_folders", "map_file", "table", "mask_folders", "mask_lists"] {
            var options: [String: ConfigNode] = ["channels": ConfigNode(.integer(channels))]
            options[["class_folders", "mask_folders"].contains(name) ? "path" : "train"] = "data"
            if !["class_folders", "table"].contains(name) { options["class_count"] = 2 }
            var node: ConfigNode = ["type": ConfigNode(.string(name))]
            node.content = .mapping(node.entries! + options.map { ConfigEntry(key: $0.key, value: $0.value) })
            let message = failure {
                _ = try Registry(plugins: [LayersPlugin(), DatasetsPlugin()]).build(.dataset, from: node)
            }
            #expect(
                message?.contains("must be from 1 to 1024") == true,
                "\(name): \(message ?? "none")")
        }
    }

    @Test func viewsHaveThreeChannels() {
        let bands = Image(size: 1, channels: 5, pixels: [10, 20, 30, 40, 50])
        #expect(bands.view().pixels == [10, 20, 30])
        #expect(bands.view(channels: [4, 0, 2]).pixels == [50, 10, 30])
        #expect(Image(size: 1, channels: 1, pixels: [7]).view().pixels == [7, 7, 7])
        #expect(Image(size: 1, channels: 1, floats: [0.5]).view().pixels == [128, 128, 128])
        // Floats of another scale are stretched.
        let wide = Image(size: Size(height: 1, width: 2), channels: 1, floats: [-10, 40])
        #expect(wide.view().pixels == [0, 0, 0, 255, 255, 255])
        let all: [Float] = [.nan, -.infinity, .infinity, -.greatestFiniteMagnitude, 0, .greatestFiniteMagnitude]
        #expect(
            Image(size: Size(height: 1, width: 2), channels: 3, floats: all).view().pixels == [0, 0, 255, 0, 128, 255])
    }

    /// Floats are transformed as bytes are, but for the rounding.
    @Test func floatsAreTransformedAsBytes() {
        let bytes = Image(
            size: Size(height: 7, width: 9), channels: 5, pixels: (0..<315).map { UInt8(truncatingIfNeeded: $0 * 37) })
        let floats = Image(size: bytes.size, channels: 5, floats: bytes.pixels.map { Float($0) / 255 })
        func compare(_ change: (Image) -> Image, within tolerance: Float = 0) {
            let (expected, found) = (change(bytes), change(floats))
            #expect(found.size == expected.size && found.channels == 5)
            let worst = zip(found.floats!, expected.pixels).map { abs($0 * 255 - Float($1)) }.max()!
            #expect(worst <= tolerance + 1e-4)
        }
        compare { $0.cropped(top: 1, left: 2, size: 3) }
        compare { $0.padded(EdgeInsets(2), value: 51) }
        compare { $0.flippedHorizontally() }
        compare { $0.flippedVertically() }
        for orientation in ImageOrientation.allCases { compare { $0.turned(by: orientation) } }
        compare { $0.resized(to: Size(height: 3, width: 12), interpolation: .nearest) }
        compare({ $0.resized(to: Size(height: 3, width: 4)) }, within: 1)
        compare({ $0.resized(to: Size(height: 14, width: 20)) }, within: 1)
        let map = AffineMap.rotation(degrees: 20, of: bytes.size)
        compare({ $0.warped(by: map, interpolation: .bilinear, fill: 9) }, within: 0.5)
        compare { $0.warped(by: map, interpolation: .nearest, fill: 9) }
    }

    @Test func bothKindsAreNormalizedAlike() {
        let bytes = Image(size: 3, channels: 2, pixels: (0..<18).map { UInt8(14 * $0) })
        let floats = Image(size: 3, channels: 2, floats: bytes.pixels.map { Float($0) / 255 })
        let normalization = Normalization(mean: [0.5, 0.25], standardDeviation: [0.5, 2])
        let (first, second) = (normalization.tensor(of: bytes).floats, normalization.tensor(of: floats).floats)
        #expect(zip(first, second).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(abs(first[3] - (Float(42) / 255 - 0.25) / 2) < 1e-6)
        let grey = Normalization(mean: [0.5], standardDeviation: [0.5])
        let tensor = grey.tensor(of: Image(size: 1, channels: 1, floats: [1]), as: .bfloat16)
        #expect(tensor.cast(to: .float32).floats == [1])
    }

    @Test func transformsForColoursRefuseOthers() throws {
        var random = RandomGenerator(key: RandomKey(seed: 0))
        let grey = Sample(image: Image(size: 8, channels: 1), target: .label(0), name: "grey.png")
        let deep = Sample(
            image: Image(size: 8, channels: 3, floats: [Float](repeating: 0.5, count: 192)), target: .label(0),
            name: "deep.png")
        let colours: [any Transform] = [ColorJitter(hue: 0.1), Grayscale(), ToBGR(), RandAugment()]
        for transform in colours {
            let message = failure { _ = try transform.applied(to: grey, random: &random) }
            #expect(message?.hasPrefix("grey.png: \(type(of: transform)) takes images of three channels") == true)
        }
        let message = failure { _ = try ColorJitter().applied(to: deep, random: &random) }
        #expect(message?.contains("takes images of 8 bits") == true)
        let others: [any Transform] = [
            Resize(size: 4), Flip(), CenterCrop(size: 4), Rotate(), RandomResizedCrop(size: 4),
        ]
        for transform in others {
            #expect(try transform.applied(to: grey, random: &random).image.channels == 1)
            #expect(try transform.applied(to: deep, random: &random).image.floats != nil)
        }
    }
}
