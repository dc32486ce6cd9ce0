import Foundation
import NNCore
import Testing

@testable import NNDatasets

/// Images and masks transformed by torchvision; see `Tests/Fixtures/make_augmentations.py`.
@Suite struct TorchvisionAugmentationTests {
    static let size = Size(height: 18, width: 23)

    /// The image and mask that the script makes.
    static let sample: Sample = {
        var image = Image(size: size)
        var mask = Image(size: size, channels: 1)
        for row in 0..<size.height {
            for column in 0..<size.width {
                let number: Int = row / 3 * 7 + column / 4 * 3
                mask[row, column] = UInt8(number % 5)
                for channel in 0..<3 {
                    let index: Int = (row * size.width + column) * 3 + channel
                    let hash = UInt32(truncatingIfNeeded: index &* 2_654_435_761)
                    let value: Int = 30 + 4 * row + 3 * column + 15 * channel
                    image[row, column, channel] = UInt8(value + Int(hash >> 27))
                }
            }
        }
        return Sample(image: image, target: .mask(mask), name: "noise")
    }()

    private func transformed(_ words: [Substring]) throws -> Sample {
        let sample = Self.sample
        if words[0] == "affine" {
            let numbers = words.dropFirst().compactMap { Double($0) }
            try #require(numbers.count == 6)
            let map = AffineMap.affine(
                rotation: numbers[0], shear: (numbers[1], numbers[2]), scale: numbers[3],
                translation: (numbers[4], numbers[5]), of: Self.size)
            return try sample.warped(by: map, ignoreIndex: 255)
        }
        let names: [Substring: AugmentOperation] = [
            "Identity": .identity, "ShearX": .shearHorizontally, "ShearY": .shearVertically,
            "TranslateX": .translateHorizontally, "TranslateY": .translateVertically, "Rotate": .rotate,
            "Brightness": .brightness, "Color": .saturation, "Contrast": .contrast, "Sharpness": .sharpness,
            "Posterize": .posterize, "Solarize": .solarize, "AutoContrast": .stretchContrast, "Equalize": .equalize,
        ]
        let operation = try #require(names[words[1]])
        // Our translations go the other way; both directions are drawn alike.
        let direction: Float = words[1].hasPrefix("Translate") ? -1 : 1
        let level = try #require(Float(words[2])) / 30 * direction
        return try operation.apply(
            to: sample, level: level, in: words[0] == "wide" ? TrivialAugment.ranges : RandAugment.ranges, fill: 0,
            ignoreIndex: 255)
    }

    @Test func agreesWithTorchvision() throws {
        let url = try #require(
            Bundle.module.url(forResource: "augmentations", withExtension: "safetensors", subdirectory: "Fixtures"))
        let file = try SafetensorsFile(url)
        #expect(file.names.count == 128)
        for name in file.names {
            let parts = name.split(separator: ".")
            let result = try transformed(
                name.prefix(name.count - parts[parts.count - 1].count - 1).split(separator: " "))
            let expected = try file.tensor(named: name).withUnsafeBytes { [UInt8]($0) }
            if name.hasSuffix(".mask") {
                // Centres that lie between two pixels may fall to either.
                let different = zip(try #require(result.mask).pixels, expected).count { $0 != $1 }
                #expect(different <= 4, "\(name): \(different) labels differ")
            } else {
                let differences = zip(result.image.pixels, expected).map { abs(Int($0) - Int($1)) }
                #expect(differences.count == expected.count)
                // torchvision rounds grey down to a whole number before colours and contrast are changed by its distance.
                let limit = name.contains(" Color ") || name.contains(" Contrast ") ? 2 : 1
                #expect(differences.allSatisfy { $0 <= limit }, "\(name): \(differences.max() ?? 0)")
            }
        }
    }
}
