import NNLayers
import Testing

@testable import NNDatasets

@Suite struct TransformTests {
    @Test func noTransformMakesAImageTooLargeToBeHeld() throws {
        let resize = Resize(size: 1024, keepsAspectRatio: true)
        var random = RandomGenerator(key: RandomKey(seed: 0))
        let thin = Sample(image: Image(size: Size(height: 1, width: 1000)), target: .label(0), name: "thin.png")
        let error = #expect(throws: ImageError.self) { try resize(thin, random: &random) }
        #expect(error?.file == "thin.png" && error?.reason.contains("1024x1024000") == true)
    }

    static let environment = TransformEnvironment(task: .segmentation, ignoreIndex: 255)

    /// A image whose red channel is its mask, so that it shows whether both are moved alike.
    func masked(_ size: Size = Size(height: 9, width: 12)) -> Sample {
        .masked(size) { UInt8($0 * 12 + $1) }
    }

    func apply(_ transform: some Transform, to sample: Sample, key: Int = 0) throws -> Sample {
        try sample.transformed(by: transform, key: key)
    }

    @Test(arguments: 0..<20)
    func geometryMovesImageAndMaskAlike(key: Int) throws {
        let transforms: [any Transform] = [
            PadCrop(size: Size(height: 8, width: 10), padding: 3, fill: 255, ignoreIndex: 255),
            Flip(horizontal: 0.5, vertical: 0.5), CenterCrop(size: Size(height: 7, width: 5)),
        ]
        for transform in transforms {
            let changed = try apply(transform, to: masked(), key: key)
            let mask = try #require(changed.mask)
            #expect(mask.size == changed.image.size)
            #expect(mask.pixels == changed.red)
        }
    }

    @Test func resizeTakesNearestPixelsOfAMask() throws {
        let resized = try apply(Resize(size: Size(height: 5, width: 31)), to: masked())
        #expect(resized.image.size == Size(height: 5, width: 31))
        #expect(
            resized.mask
                == masked().mask?.resized(to: Size(height: 5, width: 31), interpolation: .nearest))
        #expect(resized.image == masked().image.resized(to: Size(height: 5, width: 31)))
    }

    @Test(arguments: [
        (Size(height: 30, width: 40), Size(height: 15, width: 20)),
        (Size(height: 100, width: 67), Size(height: 22, width: 15)),
        (Size(15), Size(15)),
    ])
    func resizeMayKeepProportions(from: Size, to: Size) throws {
        let resize = Resize(size: 15, keepsAspectRatio: true)
        let sample = Sample(image: Image(size: from), target: .label(0), name: "a.png")
        #expect(try apply(resize, to: sample).image.size == to)
    }

    @Test func centerCropTakesTheMiddle() throws {
        let cropped = try apply(CenterCrop(size: Size(height: 3, width: 2)), to: masked())
        #expect(cropped.image == masked().image.cropped(top: 3, left: 5, size: Size(height: 3, width: 2)))
    }

    @Test func padCropReachesEveryPlace() throws {
        let sample = Sample(image: .patterned(4), target: .label(0), name: "a.png")
        let padded = sample.image.padded(1, value: 7)
        var found: Set<Image> = []
        for key in 0..<200 {
            found.insert(try apply(PadCrop(size: 4, padding: 1, fill: 7), to: sample, key: key).image)
        }
        var expected: Set<Image> = []
        for top in 0...2 { for left in 0...2 { expected.insert(padded.cropped(top: top, left: left, size: 4)) } }
        #expect(found == expected)
    }

    @Test func randomSideCropTakesSquaresOfTheRange() throws {
        // Without blending, the side of the square shows in the numbers that are left.
        let sample = masked(Size(height: 8, width: 12))
        var sides: Set<Int> = []
        for key in 0..<100 {
            let crop = RandomSideCrop(size: 8, ratio: 0.5...1)
            let changed = try apply(crop, to: sample, key: key)
            let mask = try #require(changed.mask)
            #expect(changed.image.size == 8 && mask.size == 8)
            sides.insert(Set((0..<8).map { mask[$0, 0] }).count)
        }
        #expect(sides == [4, 5, 6, 7, 8])
        let whole = try apply(RandomSideCrop(size: 8, ratio: 1...1), to: masked(8))
        #expect(whole.image == masked(8).image)
    }

    @Test func flipHappensAsOftenAsAsked() throws {
        let sample = Sample(image: .patterned(3), target: .label(1), name: "a.png")
        #expect(try apply(Flip(horizontal: 1), to: sample).image == sample.image.flippedHorizontally())
        #expect(try apply(Flip(horizontal: 0, vertical: 1), to: sample).image == sample.image.flippedVertically())
        #expect(try apply(Flip(horizontal: 0), to: sample).image == sample.image)
        let flips = try (0..<400).count { try apply(Flip(), to: sample, key: $0).image != sample.image }
        // 200 are expected; 5 standard deviations are 50.
        #expect(150...250 ~= flips)
    }

    @Test func toBGRLeavesTheMask() throws {
        let sample = Sample(image: .patterned(3), target: .mask(.patterned(3, channels: 1)), name: "a.png")
        let changed = try apply(ToBGR(), to: sample)
        #expect(changed.image == sample.image.exchangingRedAndBlue())
        #expect(changed.target == sample.target)
    }

    @Test func sameKeySameChange() throws {
        let transforms: [any Transform] = [
            PadCrop(size: 6, ignoreIndex: 255), RandomSideCrop(size: 6), Flip(),
            ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2),
        ]
        for transform in transforms {
            let sample = Sample(image: .patterned(8), target: .label(0), name: "a.png")
            #expect(try apply(transform, to: sample, key: 5).image == apply(transform, to: sample, key: 5).image)
            let images = try (0..<8).map { try apply(transform, to: sample, key: $0).image }
            #expect(Set(images).count > 1)
        }
    }

    @Test func smallImagesAreRefused() {
        let sample = Sample(image: Image(size: Size(height: 20, width: 9)), target: .label(0), name: "small.png")
        let center = failure { _ = try apply(CenterCrop(size: 10), to: sample) }
        #expect(center?.contains("small.png: the image of 20x9 pixels is smaller than the crop of 10x10") == true)
        #expect(center?.contains("Put 'resize' before 'center_crop'") == true)
        let padded = failure { _ = try apply(PadCrop(size: 32, padding: 4), to: sample) }
        #expect(padded?.contains("small.png: the image of 28x17 pixels is smaller than the crop of 32x32") == true)
    }
}
