import NNDatasets
import NNLayers
import Testing

@testable import NNInference

/// What transforms do to places is found, and undone.
@Suite struct PlacedImageTests {
    /// Bends rows, as no linear map does.
    private struct Bend: Transform {
        func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
            sample.mapImages { image in
                var result = image
                for row in 0..<image.height {
                    for column in 0..<image.width {
                        let source = row * row / image.height
                        for channel in 0..<image.channels {
                            result[row, column, channel] = image[source, column, channel]
                        }
                    }
                }
                return result
            }
        }
    }

    private static let chains: [[any Transform]] = [
        [], [Resize(size: Size(height: 40, width: 64))], [Resize(size: Size(height: 201, width: 310))],
        [Resize(size: Size(70), keepsAspectRatio: true), CenterCrop(size: Size(60))],
        [Flip(horizontal: 1, vertical: 1)], [Pad(size: Size(400), isCentered: true, ignoreIndex: 255)],
        [CenterCrop(size: Size(90)), Flip(horizontal: 1), Resize(size: Size(33)), Pad(divisor: 8, ignoreIndex: 255)],
        [Rotate(degrees: 30, ignoreIndex: 255)],
    ]

    /// A bright square is found in the prepared image, and carried back to where it was. The sides need two digits.
    @Test(arguments: chains.indices) func aSquareIsCarriedBack(_ index: Int) throws {
        let size = Size(height: 180, width: 300)
        let square = Region(top: 70, left: 130, size: Size(24))
        var image = Image(size: size)
        for row in square.rows { for column in square.columns { image[row, column, 0] = 255 } }
        let placed = try PlacedImage(image, name: "image", transforms: Self.chains[index])
        let brightness = (0..<placed.image.size.area).map { Float(placed.image.pixels[$0 * 3]) }
        let values = placed.onOriginal(brightness, placed.image.size)
        var (sum, rows, columns) = (0.0, 0.0, 0.0)
        for (pixel, value) in values.enumerated() where !value.isNaN {
            sum += Double(value)
            rows += Double(value) * Double(pixel / size.width)
            columns += Double(value) * Double(pixel % size.width)
        }
        #expect(abs(rows / sum - 81.5) < 1 && abs(columns / sum - 141.5) < 1)
        #expect(abs(sum / 255 / 576 - 1) < 0.1)
    }

    @Test func paddingIsNotShown() throws {
        let image = Image(size: Size(height: 6, width: 9))
        let placed = try PlacedImage(
            image, name: "image", transforms: [Pad(size: Size(10), isCentered: true, ignoreIndex: 255)])
        #expect(placed.shown.reduce(0, +) == 54)
        #expect(placed.shown[0] == 0 && placed.shown[2 * 10] == 1)
        #expect(placed.onOriginal([1], Size(1)).allSatisfy { $0 == 1 })
    }

    @Test func oneRowIsAnImageToo() throws {
        let placed = try PlacedImage(
            Image(size: Size(height: 1, width: 9)), name: "image",
            transforms: [CenterCrop(size: Size(height: 1, width: 3))])
        let values = placed.onOriginal([1, 2, 3], Size(height: 1, width: 3))
        #expect(values.map { $0.isNaN ? 0 : $0 } == [0, 0, 0, 1, 2, 3, 0, 0, 0])
    }

    @Test func whatIsBentIsRefused() {
        #expect(throws: ImageError.self) {
            _ = try PlacedImage(Image(size: Size(200)), name: "image", transforms: [Bend()])
        }
    }
}
