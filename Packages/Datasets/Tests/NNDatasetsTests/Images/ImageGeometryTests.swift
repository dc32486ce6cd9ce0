import NNDatasets
import NNCore
import Testing

@Suite struct ImageGeometryTests {
    @Test(arguments: [1, 3, 4])
    func cropTakesThePart(channels: Int) {
        let image = Image.patterned(Size(height: 5, width: 7), channels: channels)
        let part = image.cropped(top: 1, left: 3, size: Size(height: 3, width: 2))
        #expect(part.size == Size(height: 3, width: 2) && part.channels == channels)
        for row in 0..<3 {
            for column in 0..<2 {
                for channel in 0..<channels {
                    #expect(part[row, column, channel] == image[row + 1, column + 3, channel])
                }
            }
        }
        #expect(image.cropped(top: 0, left: 0, size: image.size) == image)
    }

    @Test func paddingSurrounds() {
        let image = Image.patterned(Size(height: 2, width: 3))
        let padded = image.padded(EdgeInsets(top: 1, bottom: 2, left: 3, right: 4), value: 9)
        #expect(padded.size == Size(height: 5, width: 10))
        #expect(padded.cropped(top: 1, left: 3, size: image.size) == image)
        #expect(padded.pixels.count { $0 == 9 } >= (50 - 6) * 3)
        #expect(padded[0, 0] == 9 && padded[4, 9, 2] == 9 && padded[1, 2] == 9 && padded[1, 6] == 9)
    }

    @Test(arguments: [1, 3])
    func flipsMirror(channels: Int) {
        let image = Image.patterned(Size(height: 3, width: 4), channels: channels)
        let horizontal = image.flippedHorizontally()
        let vertical = image.flippedVertically()
        for row in 0..<3 {
            for column in 0..<4 {
                for channel in 0..<channels {
                    #expect(horizontal[row, column, channel] == image[row, 3 - column, channel])
                    #expect(vertical[row, column, channel] == image[2 - row, column, channel])
                }
            }
        }
        #expect(horizontal.flippedHorizontally() == image)
        #expect(vertical.flippedVertically() == image)
    }

    @Test func redAndBlueAreExchanged() {
        let image = Image(size: Size(height: 1, width: 2), channels: 3, pixels: [1, 2, 3, 4, 5, 6])
        #expect(image.exchangingRedAndBlue().pixels == [3, 2, 1, 6, 5, 4])
    }
}
