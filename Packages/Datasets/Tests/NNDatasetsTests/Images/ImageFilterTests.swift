import Foundation
import NNCore
import Testing

@testable import NNDatasets

@Suite struct ImageFilterTests {
    /// The value at any place, of the pixel at the edge beyond it.
    func clamped(_ image: Image, _ row: Int, _ column: Int, _ channel: Int) -> Double {
        Double(image[min(max(row, 0), image.height - 1), min(max(column, 0), image.width - 1), channel])
    }

    @Test(arguments: [Size(1), Size(height: 1, width: 9), Size(height: 7, width: 5)], [Float(0.1), 0.8, 2.5])
    func blurIsTheDefinitionRounded(size: Size, deviation: Float) {
        for channels in [1, 3] {
            let image = Image.patterned(size, channels: channels)
            let blurred = image.blurred(deviation: deviation)
            let radius = Int((3 * deviation).rounded(.up))
            let weights = (-radius...radius).map { exp(-0.5 * pow(Double($0) / Double(deviation), 2)) }
            let sum = weights.reduce(0, +)
            for row in 0..<size.height {
                for column in 0..<size.width {
                    for channel in 0..<channels {
                        var expected = 0.0
                        for (down, weight) in zip(-radius...radius, weights) {
                            for (across, other) in zip(-radius...radius, weights) {
                                expected +=
                                    weight * other / (sum * sum) * clamped(image, row + down, column + across, channel)
                            }
                        }
                        #expect(abs(Double(blurred[row, column, channel]) - expected) <= 0.51)
                    }
                }
            }
        }
    }

    /// Interpolation by its definition, with `fill` at every place outside.
    func reference(_ image: Image, _ m: [Double], row: Int, column: Int, channel: Int, fill: Double) -> Double {
        let x = m[0] * Double(column) + m[1] * Double(row) + m[2]
        let y = m[3] * Double(column) + m[4] * Double(row) + m[5]
        func value(_ row: Int, _ column: Int) -> Double {
            0..<image.height ~= row && 0..<image.width ~= column ? Double(image[row, column, channel]) : fill
        }
        let (left, top) = (x.rounded(.down), y.rounded(.down))
        var sum = 0.0
        for down in 0...1 {
            for across in 0...1 {
                let weight = abs(1 - Double(across) - (x - left)) * abs(1 - Double(down) - (y - top))
                sum += weight * value(Int(top) + down, Int(left) + across)
            }
        }
        return sum
    }

    @Test(arguments: [Size(1), Size(height: 2, width: 11), Size(height: 8, width: 6)])
    func warpIsTheDefinitionRounded(size: Size) {
        let maps: [AffineMap] = [
            .rotation(degrees: 33, of: size), .shear(horizontal: -0.4), .shear(vertical: 0.3),
            .translation(horizontal: 1.25, vertical: -0.5), .translation(horizontal: 1e12),
        ]
        for map in maps {
            for channels in [1, 3] {
                let image = Image.patterned(size, channels: channels)
                let warped = image.warped(by: map, interpolation: .bilinear, fill: 100)
                for row in 0..<size.height {
                    for column in 0..<size.width {
                        for channel in 0..<channels {
                            let expected = reference(
                                image, map.matrix, row: row, column: column, channel: channel, fill: 100)
                            #expect(abs(Double(warped[row, column, channel]) - expected) <= 0.51)
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: [Image.Interpolation.nearest, .bilinear])
    func quarterTurnsAreExact(interpolation: Image.Interpolation) {
        let image = Image.patterned(5)
        let turned = image.warped(by: .rotation(degrees: 90, of: 5), interpolation: interpolation, fill: 0)
        for row in 0..<5 { for column in 0..<5 { #expect(turned[row, column] == image[column, 4 - row]) } }
        let half = Image.patterned(Size(height: 4, width: 7))
        #expect(
            half.warped(by: .rotation(degrees: 180, of: half.size), interpolation: interpolation, fill: 0)
                == half.flippedHorizontally().flippedVertically())
    }

    @Test func nearestMakesNoNewValues() {
        let pixels: [UInt8] = (0..<99).map { [0, 128, 150, 254][$0 % 4] }
        let mask = Image(size: Size(height: 9, width: 11), channels: 1, pixels: pixels)
        let turned = mask.warped(by: .rotation(degrees: 21, of: mask.size), interpolation: .nearest, fill: 255)
        #expect(Set(turned.pixels) == [0, 128, 150, 254, 255])
    }

    @Test func sharpeningKeepsSmallPictures() {
        for size in [Size(1), Size(height: 2, width: 9), Size(height: 9, width: 1)] {
            let image = Image.patterned(size)
            #expect(image.sharpened(by: 1.9) == image)
        }
    }
}
