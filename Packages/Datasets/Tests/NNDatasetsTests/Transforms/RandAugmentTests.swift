import NNLayers
import Testing

@testable import NNDatasets

@Suite struct RandAugmentTests {
    let image = Image.patterned(Size(height: 34, width: 40))

    static let ranges = [RandAugment.ranges, TrivialAugment.ranges]

    func changed(_ operation: AugmentOperation, _ level: Float, _ ranges: AugmentOperation.Ranges) throws -> Image {
        let sample = Sample(image: image, target: .label(0), name: "a.png")
        return try operation.apply(to: sample, level: level, in: ranges, fill: 9, ignoreIndex: nil).image
    }

    @Test func identityAndWeakestLevelsChangeNothing() throws {
        for operation in AugmentOperation.allCases
        where ![.stretchContrast, .equalize, .solarize].contains(operation) {
            for ranges in Self.ranges {
                let changed = try changed(operation, 0, ranges)
                let difference = zip(changed.pixels, image.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
                #expect(difference <= 1, "\(operation)")
            }
        }
    }

    @Test func strongestLevelsChangeImages() throws {
        // The pattern fills the whole range of values, which cannot be stretched.
        for operation in AugmentOperation.allCases where operation != .identity && operation != .stretchContrast {
            for level in [Float(1), -1] {
                for ranges in Self.ranges {
                    let changed = try changed(operation, level, ranges)
                    #expect(changed != image && changed.size == image.size, "\(operation)")
                }
            }
        }
    }

    @Test func translationMovesByWholePixels() throws {
        let changed = try changed(.translateHorizontally, 0.5, RandAugment.ranges)
        // 150 / 331 · 40 · 0.5 = 9.06.
        let part = Size(height: 34, width: 31)
        #expect(changed.cropped(top: 0, left: 0, size: part) == image.cropped(top: 0, left: 9, size: part))
        #expect(changed[3, 39] == 9)
    }

    /// Wide stripes, whose middles do not change by blending.
    static let stripes = Sample.masked(Size(height: 60, width: 60)) { row, column in
        UInt8((row / 20 + column / 20) % 3) * 100
    }

    @Test func geometricOperationsMoveTheMask() throws {
        let moving: [AugmentOperation] = [
            .shearHorizontally, .shearVertically, .translateHorizontally, .translateVertically, .rotate,
        ]
        for operation in AugmentOperation.allCases {
            for ranges in Self.ranges {
                for level: Float in [-1, -0.4, 0.7] {
                    let moved = try operation.apply(
                        to: Self.stripes, level: level, in: ranges, fill: 255, ignoreIndex: 255)
                    guard moving.contains(operation) else {
                        #expect(moved.target == Self.stripes.target, "\(operation)")
                        continue
                    }
                    let mask = try #require(moved.mask)
                    #expect(moved.target != Self.stripes.target && mask.size == moved.image.size)
                    #expect(Set(mask.pixels).isSubset(of: [0, 100, 200, 255]))
                    // Blended pixels at the borders of patches lie between their values.
                    let equal = zip(mask.pixels, moved.red).count { $0 == $1 }
                    #expect(equal > 2880, "\(operation) \(level): \(equal)")
                }
            }
        }
    }

    @Test(
        arguments: [RandAugment(count: 3, magnitude: 20, ignoreIndex: 255), TrivialAugment(ignoreIndex: 255)]
            as [any Transform])
    func masksAreMovedWithTheirImages(_ transform: any Transform) throws {
        let samples = try (0..<60).map { try Self.stripes.transformed(by: transform, key: $0) }
        let moved = samples.count { $0.target != Self.stripes.target }
        // Five of fourteen operations move pixels; of TrivialAugment one in 31 has the magnitude 0.
        #expect(moved >= 10 && moved < 60)
        for sample in samples {
            let labels = Set(try #require(sample.mask).pixels)
            #expect(labels.isSubset(of: [0, 100, 200, 255]))
        }
        let unlabelled: any Transform = transform is TrivialAugment ? TrivialAugment() : RandAugment(count: 14)
        let message = failure { for key in 0..<60 { _ = try Self.stripes.transformed(by: unlabelled, key: key) } }
        #expect(message?.contains("masked.png: pixels must be added to its mask") == true)
    }

    @Test func trivialAugmentDrawsAllOperationsAndMagnitudes() throws {
        let sample = Sample(image: image, target: .label(3), name: "a.png")
        let results = try (0..<300).map { try sample.transformed(by: TrivialAugment(), key: $0) }
        #expect(results.allSatisfy { $0.target == .label(3) && $0.image.size == image.size })
        // Identity and stretching what is stretched change nothing, nor do the lowest magnitudes: about 2.4 of 14.
        #expect(30...75 ~= results.count { $0.image == image })
        // Nine operations with 60 strengths, two with few, one with 31, one with one: most draws differ.
        #expect(Set(results.map(\.image)).count > 150)
        #expect(
            results.map(\.image) == (try (0..<300).map { try sample.transformed(by: TrivialAugment(), key: $0).image }))
    }

    @Test func numberAndStrengthFollowTheOptions() throws {
        let sample = Sample(image: image, target: .label(3), name: "a.png")
        let results = try (0..<120).map { try sample.transformed(by: RandAugment(count: 1, magnitude: 15), key: $0) }
        #expect(results.allSatisfy { $0.target == .label(3) && $0.image.size == image.size })
        // Identity, and stretching what is stretched, change nothing: 2 of 14 draws, 17 of 120.
        #expect(5...35 ~= results.count { $0.image == image })
        // Each direction of each operation gives one image: 8 with two directions, 5 with one, and the same.
        #expect(14...23 ~= Set(results.map(\.image)).count)
        let twice = try (0..<120).map { try sample.transformed(by: RandAugment(count: 2), key: $0).image }
        #expect(Set(twice).count > 60)
        #expect(
            try sample.transformed(by: RandAugment(), key: 8).image
                == sample.transformed(by: RandAugment(), key: 8).image)
    }
}
