import NNCore
import NNDatasets
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

@Suite struct ImageResizeTests {
    /// Bilinear interpolation by its definition, in double precision.
    func reference(_ image: Image, to size: Size) -> [Double] {
        func position(_ index: Int, _ old: Int, _ new: Int) -> (Int, Int, Double) {
            let exact = max((Double(index) + 0.5) * Double(old) / Double(new) - 0.5, 0)
            let first = min(Int(exact), old - 1)
            return (first, min(first + 1, old - 1), exact - Double(first))
        }
        var result: [Double] = []
        for row in 0..<size.height {
            let (top, bottom, down) = position(row, image.height, size.height)
            for column in 0..<size.width {
                let (left, right, across) = position(column, image.width, size.width)
                for channel in 0..<image.channels {
                    func value(_ row: Int, _ column: Int) -> Double { Double(image[row, column, channel]) }
                    let upper = value(top, left) * (1 - across) + value(top, right) * across
                    let lower = value(bottom, left) * (1 - across) + value(bottom, right) * across
                    result.append(upper * (1 - down) + lower * down)
                }
            }
        }
        return result
    }

    @Test(arguments: [
        (Size(height: 5, width: 7), Size(height: 10, width: 14)),
        (Size(height: 9, width: 33), Size(height: 4, width: 5)),
        (Size(1), Size(height: 3, width: 2)), (Size(height: 40, width: 3), Size(height: 1, width: 17)),
    ])
    func bilinearWithoutAntialiasIsTheDefinition(from: Size, to: Size) {
        for channels in [1, 3] {
            let image = Image.patterned(from, channels: channels)
            let resized = image.resized(to: to, antialias: false)
            #expect(resized.size == to && resized.channels == channels)
            for (value, expected) in zip(resized.pixels, reference(image, to: to)) {
                // Rounded twice, as there are bytes between columns and rows.
                #expect(abs(Double(value) - expected) <= 1.001)
            }
        }
    }

    @Test func sameSizeIsUnchanged() {
        let image = Image.patterned(6)
        #expect(image.resized(to: 6) == image)
    }

    @Test func nearestTakesThePixelUnderTheCentre() {
        let row = Image(size: Size(height: 1, width: 4), channels: 1, pixels: [10, 20, 30, 40])
        #expect(
            row.resized(to: Size(height: 1, width: 8), interpolation: .nearest).pixels
                == [10, 10, 20, 20, 30, 30, 40, 40])
        #expect(row.resized(to: Size(height: 1, width: 2), interpolation: .nearest).pixels == [20, 40])
        #expect(row.resized(to: Size(height: 2, width: 1), interpolation: .nearest).pixels == [30, 30])
    }

    @Test func nearestMakesNoNewValues() {
        let pixels: [UInt8] = (0..<63).map { [0, 128, 150, 255][$0 % 4] }
        let mask = Image(size: Size(height: 7, width: 9), channels: 1, pixels: pixels)
        let resized = mask.resized(to: Size(height: 23, width: 5), interpolation: .nearest)
        #expect(Set(resized.pixels).isSubset(of: [0, 128, 150, 255]))
    }
}
