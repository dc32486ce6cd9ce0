import NNLayers
import Testing

@testable import NNDatasets

@Suite struct RandAugmentTests {
    let image = Image.patterned(Size(height: 34, width: 40))

    @Test func identityAndWeakestLevelsChangeNothing() {
        for operation in RandAugmentOperation.allCases
        where ![.stretchContrast, .equalize, .solarize].contains(operation) {
            var changed = image
            operation.apply(to: &changed, level: 0, fill: 0)
            let difference = zip(changed.pixels, image.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
            #expect(difference <= 1, "\(operation)")
        }
    }

    @Test func strongestLevelsChangeImages() {
        // The pattern fills the whole range of values, which cannot be stretched.
        for operation in RandAugmentOperation.allCases where operation != .identity && operation != .stretchContrast {
            for level in [Float(1), -1] {
                var changed = image
                operation.apply(to: &changed, level: level, fill: 0)
                #expect(changed != image && changed.size == image.size, "\(operation)")
            }
        }
    }

    @Test func translationMovesByWholePixels() {
        var changed = image
        RandAugmentOperation.translateHorizontally.apply(to: &changed, level: 0.5, fill: 9)
        // 150 / 331 · 40 · 0.5 = 9.06.
        let part = Size(height: 34, width: 31)
        #expect(changed.cropped(top: 0, left: 0, size: part) == image.cropped(top: 0, left: 9, size: part))
        #expect(changed[3, 39] == 9)
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
