import Foundation
import NNCore
import NNDatasets
import Testing

/// Images resized by Pillow, of noise made by a formula.
private struct ResamplingFixture {
    let name: String
    let interpolation: Image.Interpolation
    let image: Image
    let resized: Image

    static func all() throws -> [ResamplingFixture] {
        let url = try #require(
            Bundle.module.url(forResource: "resampling", withExtension: "safetensors", subdirectory: "Fixtures"))
        let file = try SafetensorsFile(url)
        return try file.names.map { name in
            let parts = name.split(separator: " ").map(String.init)
            let channels = try #require(Int(parts[3]))
            let (old, new) = (try size(parts[1]), try size(parts[2]))
            let bytes = try file.tensor(named: name).withUnsafeBytes { [UInt8]($0) }
            return ResamplingFixture(
                name: name, interpolation: try #require(Image.Interpolation(rawValue: parts[0])),
                image: noise(old, channels: channels), resized: Image(size: new, channels: channels, pixels: bytes))
        }
    }

    /// `40x30`, height before width.
    private static func size(_ text: String) throws -> Size {
        let sides = text.split(separator: "x").compactMap { Int($0) }
        try #require(sides.count == 2)
        return Size(height: sides[0], width: sides[1])
    }

    static func noise(_ size: Size, channels: Int) -> Image {
        let pixels = (0..<size.area * channels).map { (index: Int) -> UInt8 in
            let hash = UInt32(truncatingIfNeeded: index &* 2_654_435_761)
            // Floored, as Python divides.
            let distance: Int = ((Int(hash >> 24) - 128) * 3) >> 1
            return UInt8(clamping: distance + 128)
        }
        return Image(size: size, channels: channels, pixels: pixels)
    }
}

@Suite struct ImageResamplingTests {
    /// 62 pairs of sizes with five filters, within 1 of 255. Of 133,905 values 525 differ, where the two directions are taken
    /// in another order.
    @Test func agreesWithPillow() throws {
        let fixtures = try ResamplingFixture.all()
        #expect(fixtures.count == 310)
        var (values, different) = (0, 0)
        for fixture in fixtures {
            let resized = fixture.image.resized(to: fixture.resized.size, interpolation: fixture.interpolation)
            let differences = zip(resized.pixels, fixture.resized.pixels).map { abs(Int($0) - Int($1)) }
            #expect(resized.size == fixture.resized.size)
            #expect(differences.allSatisfy { $0 <= 1 }, "\(fixture.name)")
            if fixture.interpolation == .nearest { #expect(resized == fixture.resized, "\(fixture.name)") }
            values += differences.count
            different += differences.count { $0 > 0 }
        }
        #expect(Double(different) < 5e-3 * Double(values), "\(different) of \(values) differ")
    }

    @Test(arguments: Image.Interpolation.allCases)
    func constantImagesStayConstant(interpolation: Image.Interpolation) {
        for value: UInt8 in [0, 1, 127, 254, 255] {
            for channels in [1, 3, 4] {
                let image = Image(size: Size(height: 37, width: 70), channels: channels, filledWith: value)
                for target in [Size(1), Size(height: 5, width: 9), Size(height: 80, width: 71)] {
                    let resized = image.resized(to: target, interpolation: interpolation)
                    #expect(resized == Image(size: target, channels: channels, filledWith: value))
                }
            }
        }
    }

    /// A grid of single black and white pixels is grey from afar; without smoothing it is what happens to be hit.
    @Test func fineDetailIsAveraged() {
        var grid = Image(size: 96, channels: 1)
        for row in 0..<96 {
            for column in stride(from: row % 2, to: 96, by: 2) { grid[row, column] = 255 }
        }
        for interpolation in [Image.Interpolation.bilinear, .bicubic, .box, .lanczos] {
            let small = grid.resized(to: 16, interpolation: interpolation)
            #expect(small.pixels.allSatisfy { 120...135 ~= $0 }, "\(interpolation)")
        }
        #expect(grid.resized(to: 32, antialias: false).pixels.contains { !(96...160 ~= $0) })
    }

    @Test func channelsDoNotMix() {
        let image = Image.patterned(Size(height: 67, width: 41), channels: 4)
        let target = Size(height: 29, width: 90)
        let resized = image.resized(to: target, interpolation: .bicubic)
        for channel in 0..<4 {
            let plane = Image(
                size: image.size, channels: 1,
                pixels: stride(from: channel, to: image.pixels.count, by: 4).map { image.pixels[$0] })
            let expected = plane.resized(to: target, interpolation: .bicubic).pixels
            #expect(stride(from: channel, to: resized.pixels.count, by: 4).map { resized.pixels[$0] } == expected)
        }
    }
}
