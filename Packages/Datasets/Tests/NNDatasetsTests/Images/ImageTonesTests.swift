import Foundation
import NNCore
import Testing

@testable import NNDatasets

/// What Pillow 11 makes of the same images.
@Suite struct ImageTonesTests {
    /// 4 rows of 5 pixels from 40 to 167, which leaves room to be stretched.
    let original = Image(
        size: Size(height: 4, width: 5), channels: 3,
        pixels: Image.patterned(Size(height: 4, width: 5)).pixels.map { $0 / 2 + 40 })

    func difference(_ image: Image, _ expected: [UInt8]) -> Int {
        #expect(image.size == original.size)
        return zip(image.pixels, expected).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    func changed(_ change: (inout Image) -> Void) -> Image {
        var image = original
        change(&image)
        return image
    }

    @Test func stretchedContrast() {
        let expected: [UInt8] = [
            0, 23, 66, 116, 142, 184, 235, 0, 40, 93, 116, 160, 210, 235, 17, 68, 93, 135, 187, 210, 255, 44, 68, 111,
            161, 187, 229, 8, 44, 85, 138, 161, 205, 255, 8, 62, 112, 138, 180, 231, 255, 25, 89, 112, 156, 206, 231, 0,
            53, 89, 130, 182, 206, 250, 27, 53, 107, 157, 182, 225,
        ]
        #expect(difference(changed { $0.stretchContrast() }, expected) <= 1)
        var even = Image(size: 3, filledWith: 9)
        even.stretchContrast()
        #expect(even == Image(size: 3, filledWith: 9))
    }

    @Test func solarized() {
        let expected: [UInt8] = [40, 58, 77, 95, 141, 123, 104, 47, 65, 84, 153, 134, 116, 97]
        #expect(difference(changed { $0.solarize(from: 100) }, expected) == 0)
        #expect(changed { $0.solarize(from: 256) } == original)
    }

    @Test func posterized() {
        let expected: [UInt8] = [32, 32, 64, 64, 96, 128, 128, 32, 64, 64, 96, 96, 128, 128, 32, 64, 64]
        #expect(difference(changed { $0.posterize(bits: 3) }, expected) == 0)
        #expect(changed { $0.posterize(bits: 8) } == original)
    }

    @Test func equalized() {
        var image = Image(
            size: Size(height: 20, width: 30), channels: 3,
            pixels: (0..<1800).map { (index: Int) -> UInt8 in
                let value: Int = (index * index / 9 + index) % 97
                return UInt8(value + index % 3 * 20)
            })
        image.equalizeHistogram()
        let expected: [UInt8] = [
            0, 5, 12, 7, 22, 27, 19, 40, 48, 51, 63, 74, 103, 95, 115, 140, 141, 154, 177, 180, 197, 220, 234, 252, 255,
            255, 18, 26, 57, 79, 121, 126, 150, 190, 203, 233, 251, 255, 18, 39, 72, 104, 146, 165, 203, 245, 255,
        ]
        #expect(Array(image.pixels.prefix(expected.count)) == expected)
        #expect(image.pixels.reduce(0) { $0 + Int($1) } == 260_622)
        #expect(changed { $0.equalizeHistogram() } == original)
    }

    @Test func sharpened() {
        let sharper: [UInt8] = [
            40, 58, 77, 95, 114, 132, 151, 47, 65, 84, 102, 121, 139, 158, 54, 72, 91, 109, 145, 180, 199, 26, 61, 89,
            125, 152, 187, 44, 68, 86, 105, 123, 142, 194, 14, 49, 84, 112, 139, 184, 201, 21, 82, 100, 119, 137, 156,
            46, 65, 89, 107, 126, 144, 163, 53, 72, 96, 114, 133, 151,
        ]
        let softer: [UInt8] = [
            40, 58, 77, 95, 114, 132, 151, 47, 65, 84, 102, 121, 139, 158, 54, 72, 91, 109, 110, 111, 130, 95, 96, 106,
            107, 117, 118, 44, 68, 86, 105, 123, 142, 125, 87, 100, 101, 111, 121, 113, 132, 94, 82, 100, 119, 137, 156,
        ]
        // Pillow rounds the mean of the neighbourhood before it goes on.
        #expect(difference(original.sharpened(by: 1.9), sharper) <= 1)
        #expect(difference(original.sharpened(by: 0.1), softer) <= 1)
    }

    @Test func enhanced() throws {
        func apply(_ operation: AugmentOperation, _ factor: Float) throws -> Image {
            let sample = Sample(image: original, target: .label(0), name: "a.png")
            return try operation.apply(
                to: sample, level: (factor - 1) / 0.9, in: RandAugment.ranges, fill: 0, ignoreIndex: nil
            ).image
        }
        let bright: [UInt8] = [76, 110, 146, 180, 216, 250, 255, 89, 123, 159, 193, 229, 255, 255, 102, 136]
        let flat: [UInt8] = [79, 86, 93, 101, 108, 115, 123, 81, 89, 96, 103, 111, 118, 126, 84, 91, 99]
        let vivid: [UInt8] = [31, 59, 90, 86, 116, 145, 193, 27, 56, 75, 103, 134, 138, 168, 2, 63, 93]
        #expect(try difference(apply(.brightness, 1.9), bright) <= 1)
        #expect(try difference(apply(.contrast, 0.4), flat) <= 1)
        #expect(try difference(apply(.saturation, 1.6), vivid) <= 1)
    }
}

@Suite struct ImageHistogramTests {
    @Test func valuesOfOneChannelAreCounted() {
        let image = Image(size: Size(height: 1, width: 3), channels: 3, pixels: [0, 1, 2, 0, 255, 2, 7, 1, 2])
        #expect(image.histogram(channel: 0)[0] == 2 && image.histogram(channel: 0)[7] == 1)
        #expect(image.histogram(channel: 1)[1] == 2 && image.histogram(channel: 1)[255] == 1)
        #expect(image.histogram(channel: 2)[2] == 3 && image.histogram(channel: 2).reduce(0, +) == 3)
    }

    @Test func ignoredLabelsDoNotCount() {
        let mask = Image(size: Size(height: 1, width: 4), channels: 1, pixels: [3, 255, 3, 0])
        #expect(mask.labelCounts(ignoring: 255) == [0: 1, 3: 2])
        #expect(mask.labelCounts(ignoring: nil) == [0: 1, 3: 2, 255: 1])
    }
}

@Suite struct ImageFilterTests {
    /// The value at any position; the pixel at the edge is repeated beyond it.
    func clamped(_ image: Image, _ row: Int, _ column: Int, _ channel: Int) -> Double {
        Double(image[min(max(row, 0), image.height - 1), min(max(column, 0), image.width - 1), channel])
    }

    @Test(arguments: [Size(1), Size(height: 1, width: 9), Size(height: 7, width: 5)], [Float(0.1), 0.8, 2.5])
    func blurIsTheDefinitionRounded(size: Size, sigma: Float) {
        for channels in [1, 3] {
            let image = Image.patterned(size, channels: channels)
            let blurred = image.blurred(sigma: sigma)
            let radius = Int((3 * sigma).rounded(.up))
            let weights = (-radius...radius).map { exp(-0.5 * pow(Double($0) / Double(sigma), 2)) }
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

    /// Interpolation by its definition, with `fill` everywhere outside.
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

    @Test func sharpeningKeepsSmallImages() {
        for size in [Size(1), Size(height: 2, width: 9), Size(height: 9, width: 1)] {
            let image = Image.patterned(size)
            #expect(image.sharpened(by: 1.9) == image)
        }
    }
}
