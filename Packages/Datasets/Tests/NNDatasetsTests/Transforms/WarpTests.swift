import Foundation
import NNLayers
import Testing

@testable import NNDatasets

@Suite struct WarpTests {
    /// A marker of 3x3 pixels on a dark ground; its mask is the marker.
    func marked(row: Int, column: Int, size: Size = Size(height: 41, width: 51)) -> Sample {
        .masked(size) { abs($0 - row) <= 1 && abs($1 - column) <= 1 ? 200 : 10 }
    }

    /// The mean position of the marker in the mask, and of what is bright in the image.
    func positions(_ sample: Sample) -> [(row: Double, column: Double)] {
        [sample.red, sample.mask?.pixels ?? []].map { values in
            var sum = (row: 0.0, column: 0.0, weight: 0.0)
            for (index, value) in values.enumerated() where value > 10 && value <= 200 {
                let weight = Double(value - 10)
                sum.row += weight * Double(index / sample.image.width)
                sum.column += weight * Double(index % sample.image.width)
                sum.weight += weight
            }
            return (sum.row / sum.weight, sum.column / sum.weight)
        }
    }

    @Test func optionsThatChangeNothing() throws {
        let sample = Sample.masked(Size(height: 9, width: 12)) { UInt8($0 * 12 + $1) }
        let still = Affine(degrees: 0, shear: 0, scale: 1...1, translation: 0)
        // Nothing comes from outside, so that no label is needed.
        for transform in [still, Affine(probability: 0), Elastic(alpha: 0), Elastic(probability: 0)] as [any Transform]
        {
            for key in 0..<5 {
                let same = try sample.transformed(by: transform, key: key)
                #expect(same.image == sample.image && same.target == sample.target)
            }
        }
        for interpolation in [Image.Interpolation.bilinear, .nearest] {
            for border in Image.Border.allCases {
                let warped = sample.image.warped(by: .identity, interpolation: interpolation, border: border)
                #expect(warped == sample.image)
            }
        }
    }

    /// Where the marker goes, by hand: the centre of the image is (20, 25).
    @Test func affineMapsGoWhereTheySay() throws {
        let size = Size(height: 41, width: 51)
        let start = marked(row: 14, column: 33, size: size)
        let tilt = tan(20 * Double.pi / 180)
        for (map, row, column) in [
            // A quarter turn counterclockwise: 8 to the right becomes 8 up, 6 up becomes 6 to the left.
            (AffineMap.affine(rotation: 90, of: size), 12.0, 19.0),
            (.affine(scale: 1.5, of: size), 11.0, 37.0), (.affine(scale: 0.5, of: size), 17.0, 29.0),
            (.affine(translation: (-7, 4), of: size), 18.0, 26.0),
            // Rows above the centre shift to the right by the tangent times their distance.
            (.affine(shear: (20, 0), of: size), 14.0, 33 + 6 * tilt),
            (.affine(shear: (0, 20), of: size), 14 - 8 * tilt, 33.0),
            (.affine(rotation: 90, scale: 0.5, translation: (3, 1), of: size), 17.0, 25.0),
        ] {
            let moved = try start.warped(by: map, fill: 10, ignoreIndex: 255)
            for position in positions(moved) {
                #expect(abs(position.row - row) < 0.6 && abs(position.column - column) < 0.6, "\(map): \(position)")
            }
        }
    }

    @Test(arguments: 0..<24)
    func markersMoveWithTheirMask(key: Int) throws {
        let start = marked(row: 20, column: 24)
        let transforms: [any Transform] = [
            Affine(degrees: 60, shear: 15, scale: 0.8...1.4, translation: 0.15, fill: 10, ignoreIndex: 255),
            Affine(degrees: 0, shear: 0, scale: 1...1, translation: 0.3, fill: 10, ignoreIndex: 255),
            Elastic(alpha: 150, sigma: 6, fill: 10, ignoreIndex: 255), Elastic(alpha: 150, sigma: 6, border: .edge),
        ]
        for transform in transforms {
            let moved = try start.transformed(by: transform, key: key)
            let mask = try #require(moved.mask)
            #expect(Set(mask.pixels).isSubset(of: [10, 200, 255]) && mask.pixels.contains(200))
            let found = positions(moved)
            #expect(abs(found[0].row - found[1].row) < 0.8 && abs(found[0].column - found[1].column) < 0.8)
        }
        let shifted = try start.transformed(by: transforms[1], key: key)
        // Whole pixels: nothing is blended.
        #expect(zip(shifted.red, try #require(shifted.mask).pixels).allSatisfy { $0 == $1 || $0 == 10 && $1 == 255 })
    }

    @Test func affineDrawsItsRanges() throws {
        let start = marked(row: 20, column: 25)
        let shifts = Affine(degrees: 0, shear: 0, scale: 1...1, translation: 0.2, fill: 10, ignoreIndex: 255)
        let columns = try Set((0..<300).map { try positions(start.transformed(by: shifts, key: $0))[1].column })
        // 0.2 · 51 = 10.2 pixels to each side.
        #expect(columns == Set((15...35).map(Double.init)))
        let turns = Affine(degrees: 45, shear: 0, scale: 1...1, translation: 0, fill: 10, ignoreIndex: 255)
        let right = marked(row: 20, column: 40)
        let rows = try (0..<200).map { try positions(right.transformed(by: turns, key: $0))[0].row }
        // 15 pixels from the centre, times the sine of 45 degrees.
        let (least, most) = (rows.min() ?? 0, rows.max() ?? 0)
        #expect(abs(least - (20 - 10.6)) < 0.8 && abs(most - (20 + 10.6)) < 0.8)
    }

    @Test func bordersContinueImages() {
        let row = Image(size: Size(height: 1, width: 4), channels: 1, pixels: [10, 20, 30, 40])
        func shifted(_ shift: Double, _ border: Image.Border) -> [[UInt8]] {
            [Image.Interpolation.nearest, .bilinear].map {
                row.warped(by: .translation(horizontal: shift), interpolation: $0, border: border, fill: 7).pixels
            }
        }
        #expect(shifted(-2, .constant) == [[7, 7, 10, 20], [7, 7, 10, 20]])
        #expect(shifted(-2, .edge) == [[10, 10, 10, 20], [10, 10, 10, 20]])
        #expect(shifted(-2, .reflect) == [[20, 10, 10, 20], [20, 10, 10, 20]])
        #expect(shifted(3, .reflect) == [[40, 40, 30, 20], [40, 40, 30, 20]])
        #expect(shifted(9, .reflect) == [[20, 30, 40, 40], [20, 30, 40, 40]])
        #expect(shifted(9, .edge) == [[40, 40, 40, 40], [40, 40, 40, 40]])
        #expect(shifted(0.5, .reflect)[1] == [15, 25, 35, 40])
        #expect(shifted(0.5, .constant)[1] == [15, 25, 35, 24])
        let pixel = Image(size: 1, channels: 1, filledWith: 9)
        #expect(pixel.warped(by: .translation(horizontal: 1e9), interpolation: .bilinear, border: .reflect) == pixel)
    }

    @Test func displacementsAreAsStrongAndSmoothAsTold() {
        let size = Size(height: 90, width: 110)
        for (amplitude, sigma) in [(Float(40), Float(4)), (200, 8)] {
            let fields = (0..<4).map {
                DisplacementField(amplitude: amplitude, sigma: sigma, size: size, key: RandomKey(seed: $0))
            }
            let values = fields.flatMap(\.shifts).map(Double.init)
            #expect(values.count == 8 * size.area)
            func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
            // The variance of the noise, 1/3, times the sum of the squared weights, 1 / (4 π sigma²).
            let expected = Double(amplitude) / Double(sigma) / (12 * Double.pi).squareRoot()
            let deviation = mean(values.map { $0 * $0 }).squareRoot()
            #expect(abs(mean(values)) < 0.25 * expected && abs(deviation / expected - 1) < 0.15)
            // Neighbours are correlated by exp(-d² / 4 sigma²).
            let distance = Int(sigma)
            let products = fields.flatMap { field -> [Double] in
                (0..<2 * size.height).flatMap { line -> [Double] in
                    (0..<size.width - distance).map { column -> Double in
                        let index = line * size.width + column
                        return Double(field.shifts[index]) * Double(field.shifts[index + distance])
                    }
                }
            }
            let correlation = mean(products) / (deviation * deviation)
            #expect(abs(correlation - exp(-0.25)) < 0.08)
            // The edges are displaced as much as the middle.
            let edge = fields.flatMap { $0.shifts.prefix(5 * size.width).map(Double.init) }
            #expect(mean(edge.map { $0 * $0 }).squareRoot() > 0.5 * expected)
            #expect(fields[0].shifts != fields[1].shifts)
            #expect(fields[0].shifts.prefix(size.area) != fields[0].shifts.suffix(size.area))
        }
    }

    @Test(arguments: [1, 3, 4])
    func allChannelsAreDisplacedAlike(channels: Int) {
        let image = Image.patterned(Size(height: 20, width: 33), channels: channels)
        let field = DisplacementField(amplitude: 60, sigma: 4, size: image.size, key: RandomKey(seed: 3))
        for interpolation in [Image.Interpolation.bilinear, .nearest] {
            let moved = image.displaced(by: field, interpolation: interpolation, border: .reflect)
            for channel in 0..<channels {
                let plane = Image(
                    size: image.size, channels: 1,
                    pixels: stride(from: channel, to: image.pixels.count, by: channels).map { image.pixels[$0] })
                let expected = plane.displaced(by: field, interpolation: interpolation, border: .reflect).pixels
                #expect(
                    stride(from: channel, to: moved.pixels.count, by: channels).map { moved.pixels[$0] } == expected)
            }
            #expect(moved != image)
        }
    }
}
