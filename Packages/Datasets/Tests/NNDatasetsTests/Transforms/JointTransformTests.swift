import NNLayers
import Testing

@testable import NNDatasets

@Suite struct JointTransformTests {
    let sample = Sample.masked(Size(height: 9, width: 12)) { UInt8($0 * 12 + $1) }

    @Test(arguments: 0..<30)
    func randomScaleKeepsProportionsAndLabels(key: Int) throws {
        let scaled = try sample.transformed(by: RandomScale(), key: key)
        let factor = Double(scaled.image.width) / 12
        #expect(0.45...2.05 ~= factor)
        #expect(abs(Double(scaled.image.height) - 9 * factor) <= 1)
        #expect(scaled.mask == sample.mask?.resized(to: scaled.image.size, interpolation: .nearest))
        #expect(scaled.image == sample.image.resized(to: scaled.image.size))
    }

    @Test func randomScaleDrawsItsRange() throws {
        let widths = try (0..<300).map { try sample.transformed(by: RandomScale(), key: $0).image.width }
        #expect(Set(widths) == Set(6...24))
    }

    @Test func randomCropTakesPartsOfAll() throws {
        let crop = RandomCrop(size: Size(height: 7, width: 10), ignoreIndex: 255)
        var corners: Set<UInt8> = []
        for key in 0..<200 {
            let part = try sample.transformed(by: crop, key: key)
            #expect(part.image.size == Size(height: 7, width: 10))
            #expect(part.mask?.pixels == part.red)
            corners.insert(part.red[0])
        }
        #expect(corners == [0, 1, 2, 12, 13, 14, 24, 25, 26])
    }

    @Test func randomCropPadsSmallSamples() throws {
        let crop = RandomCrop(size: Size(height: 12, width: 11), fill: 200, ignoreIndex: 254)
        for key in 0..<20 {
            let part = try sample.transformed(by: crop, key: key)
            let mask = try #require(part.mask)
            #expect(part.image.size == Size(height: 12, width: 11) && mask.size == part.image.size)
            #expect(mask.pixels.suffix(33).allSatisfy { $0 == 254 })
            #expect(part.red.suffix(33).allSatisfy { $0 == 200 })
            #expect(Array(mask.pixels.prefix(99)) == Array(part.red.prefix(99)))
        }
    }

    @Test func randomCropAvoidsPartsOfOneClass() throws {
        // One class but for a corner of 8x8 pixels.
        let sample = Sample.masked(20) { $0 < 8 && $1 < 8 ? 1 : 0 }
        func share(_ ratio: Float) throws -> Double {
            let crop = RandomCrop(size: 8, categoryMaxRatio: ratio, ignoreIndex: 255)
            return try (0..<200).map { key in
                let counts = try sample.transformed(by: crop, key: key).mask?.labelCounts(ignoring: nil) ?? [:]
                return Double(counts.values.max() ?? 0) < 0.75 * 64 ? 1 : 0
            }.reduce(0, +) / 200
        }
        // Of the 169 positions 24 show between 17 and 47 pixels of the corner: 14 %, and 82 % within eleven draws.
        #expect(try share(1) < 0.25)
        #expect(0.7...0.92 ~= (try share(0.75)))
    }

    @Test func randomCropDoesNotCountIgnoredPixels() throws {
        // Beside what is ignored there is one class on the left, and two in equal parts on the right.
        let sample = Sample.masked(Size(height: 4, width: 8)) { $0 < 2 ? 255 : $1 < 4 ? 0 : UInt8($1 % 2) }
        let crop = RandomCrop(size: 4, categoryMaxRatio: 0.6, ignoreIndex: 255)
        let mixed = try (0..<100).count {
            let counts = try sample.transformed(by: crop, key: $0).mask?.labelCounts(ignoring: 255) ?? [:]
            return counts.count == 2 && counts.values.max() == 4
        }
        #expect(mixed >= 85)
    }

    @Test func padReachesASizeOrAMultiple() throws {
        let padded = try sample.transformed(by: Pad(divisor: 8, fill: 7, ignoreIndex: 255))
        #expect(padded.image.size == 16)
        #expect(padded.image.cropped(top: 0, left: 0, size: sample.image.size) == sample.image)
        #expect(padded.mask?[15, 15] == 255 && padded.image[15, 15] == 7 && padded.mask?[8, 11] == sample.mask?[8, 11])
        let larger = try sample.transformed(by: Pad(size: Size(height: 20, width: 4), ignoreIndex: 255))
        #expect(larger.image.size == Size(height: 20, width: 12))
        let centered = Pad(size: Size(height: 12, width: 12), isCentered: true, ignoreIndex: 255)
        let middle = try sample.transformed(by: centered)
        #expect(middle.mask?.cropped(top: 1, left: 0, size: sample.image.size) == sample.mask)
        #expect(try sample.transformed(by: Pad(divisor: 3)).image == sample.image)
    }

    @Test func rotateMovesBothAlike() throws {
        // Wide stripes, whose middles do not change by blending.
        let stripes = Sample.masked(Size(height: 40, width: 30)) { _, column in UInt8(column / 10) * 100 }
        for key in 0..<10 {
            let turned = try stripes.transformed(by: Rotate(degrees: 30, fill: 255, ignoreIndex: 255), key: key)
            let mask = try #require(turned.mask)
            #expect(Set(mask.pixels).isSubset(of: [0, 100, 200, 255]))
            let equal = zip(mask.pixels, turned.red).count { $0 == $1 }
            #expect(equal > 900 && turned.image != stripes.image)
        }
        #expect(try stripes.transformed(by: Rotate(degrees: 30, probability: 0)).image == stripes.image)
        #expect(try stripes.transformed(by: Rotate(degrees: 0)).image == stripes.image)
    }

    @Test func coloursLeaveTheMask() throws {
        let transforms: [any Transform] = [
            GaussianBlur(sigma: 1...2, probability: 1), Grayscale(probability: 1),
            ColorJitter(brightness: 0.5, contrast: 0.5, saturation: 0.5, hue: 0.5), Noise(probability: 1),
            Noise(kind: .saltAndPepper, share: 0.3...0.4, probability: 1), JPEGArtifacts(probability: 1),
            RandomErasing(probability: 1),
        ]
        for transform in transforms {
            var colored = sample
            colored.image = .patterned(sample.image.size)
            let changed = try colored.transformed(by: transform, key: 3)
            #expect(changed.target == sample.target && changed.image != colored.image)
        }
        let grey = try Sample(image: .patterned(4), target: .label(0), name: "a").transformed(
            by: Grayscale(probability: 1))
        for pixel in 0..<16 { #expect(Set(grey.image.pixels[3 * pixel..<3 * pixel + 3]).count == 1) }
    }

    @Test func randomResizedCropDrawsAreasAndProportions() throws {
        let sample = Sample.masked(Size(height: 100, width: 120)) { UInt8($0 * 2) / 2 * 2 | UInt8($1 / 60) }
        let crop = RandomResizedCrop(size: 50, area: 0.25...0.5, ratio: 0.5...2)
        var heights: Set<Int> = []
        for key in 0..<100 {
            let part = try sample.transformed(by: crop, key: key)
            let mask = try #require(part.mask)
            #expect(part.image.size == 50 && mask.size == 50)
            // The distance of the first and last rows, without the bit for the half.
            heights.insert((Int(mask[49, 0] & 254) - Int(mask[0, 0] & 254)) / 2)
        }
        // The sides of parts are the roots of 3000 to 6000 pixels, times those of 1/2 to 2.
        let (least, most) = (heights.min() ?? 0, heights.max() ?? 0)
        #expect(37...50 ~= least && 85...100 ~= most)
    }

    @Test func newPixelsOfMasksNeedALabel() {
        for transform in [RandomCrop(size: 20), Pad(size: 20), Rotate(degrees: 90), Affine(), Elastic()]
            as [any Transform]
        {
            let message = failure { _ = try sample.transformed(by: transform, key: 1) }
            #expect(message?.contains("masked.png: pixels must be added to its mask") == true)
        }
    }

    static let transforms: [any Transform] = [
        RandomScale(), RandomCrop(size: Size(height: 3, width: 5), ignoreIndex: 255),
        Pad(divisor: 4, ignoreIndex: 255), Pad(size: 6, ignoreIndex: 255), Rotate(degrees: 180, ignoreIndex: 255),
        GaussianBlur(sigma: 0.1...3, probability: 1), Grayscale(probability: 1), Flip(horizontal: 1, vertical: 1),
        RandomResizedCrop(size: Size(height: 3, width: 4)), RandomSideCrop(size: 4), Resize(size: 7),
        ColorJitter(brightness: 1, contrast: 1, saturation: 1, hue: 0.5), ToBGR(),
        PadCrop(size: 1, padding: 2, ignoreIndex: 255), CenterCrop(size: 1),
        RandAugment(count: 14, magnitude: 30, ignoreIndex: 255), TrivialAugment(ignoreIndex: 255),
        Affine(degrees: 90, shear: 30, scale: 0.3...3, translation: 0.4, ignoreIndex: 255), Affine(border: .reflect),
        Elastic(alpha: 300, sigma: 4, ignoreIndex: 255), Elastic(border: .edge),
        RandomErasing(probability: 1, mask: .ignore, ignoreIndex: 255), RandomErasing(probability: 1, fill: .value(9)),
        Noise(probability: 1), Noise(kind: .shot, isGrey: true, probability: 1), Noise(kind: .speckle, probability: 1),
        Noise(kind: .saltAndPepper, share: 0.5...0.5, probability: 1), JPEGArtifacts(probability: 1),
    ]

    @Test(arguments: [Size(1), Size(height: 1, width: 3000), Size(height: 3000, width: 1), Size(height: 2, width: 3)])
    func smallAndLongImagesAreTaken(size: Size) throws {
        for transform in Self.transforms {
            let sample = Sample.masked(size) { UInt8(truncatingIfNeeded: $0 + $1) }
            for key in 0..<5 {
                let changed = try sample.transformed(by: transform, key: key)
                #expect(changed.mask == nil || changed.mask?.size == changed.image.size)
            }
        }
    }

    @Test func sameKeySameChange() throws {
        for transform in Self.transforms {
            let first = try sample.transformed(by: transform, key: 4)
            let second = try sample.transformed(by: transform, key: 4)
            #expect(first.image == second.image && first.target == second.target)
        }
    }

    @Test func hugeResultsAreRefused() {
        var long = Sample.masked(Size(height: 1, width: 4000)) { _, _ in 0 }
        long.target = .label(0)
        let padded = failure { _ = try long.transformed(by: Pad(divisor: 65_536)) }
        #expect(padded?.contains("would become 65536x65536") == true)
    }
}
