import NNLayers
import Testing

@testable import NNDatasets

/// What transforms state of sizes is what they do to images.
@Suite struct SizeRangeTests {
    private static let transforms: [any Transform] = [
        Resize(size: Size(height: 7, width: 9)), Resize(size: 8, keepsAspectRatio: true),
        RandomScale(factor: 0.5...2), RandomScale(factor: 1.5...1.5), Pad(size: 20), Pad(divisor: 8), Flip(),
        Rotate(degrees: 20), ColorJitter(brightness: 0.2), Grayscale(), ToBGR(), GaussianBlur(), RandAugment(),
        CenterCrop(size: 10), RandomCrop(size: 18), PadCrop(size: 14, padding: 2), RandomSideCrop(size: 6),
        RandomResizedCrop(size: 5),
    ]

    @Test func statedSizesAreThoseOfTransformedImages() throws {
        for size in [Size(height: 12, width: 17), Size(height: 10, width: 10), Size(height: 31, width: 13)] {
            for transform in Self.transforms {
                let image = Image(size: size, channels: 3)
                let sizes = try #require(try transform.sizes(of: SizeRange(size), name: "a"), "\(transform)")
                for draw in 0..<12 {
                    var random = RandomGenerator(key: RandomKey(seed: UInt64(draw)))
                    let result = try transform(
                        Sample(image: image, target: .label(0), name: "a"), random: &random
                    ).image.size
                    #expect(sizes.contains(result), "\(transform)")
                }
            }
        }
    }

    @Test func whatCannotBeTransformedFailsAsItsSizeDoes() throws {
        for transform in [CenterCrop(size: 11), PadCrop(size: 15, padding: 2)] as [any Transform] {
            let sample = Sample(image: Image(size: 10, channels: 3), target: .label(0), name: "small")
            var random = RandomGenerator(key: RandomKey(seed: 0))
            let found = #expect(throws: ImageError.self) { try transform(sample, random: &random) }
            let stated = #expect(throws: ImageError.self) { try transform.sizes(of: SizeRange(10), name: "small") }
            #expect(found == stated && found?.file == "small")
        }
    }

    @Test func sizesAreCarriedThroughAList() throws {
        // Half of 40 is 20, for which the crop has room; half of 30 is not enough.
        let list: [any Transform] = [RandomScale(factor: 0.5...1), CenterCrop(size: 20)]
        #expect(try list.sizes(of: 40, name: "a") == SizeRange(20))
        #expect(throws: ImageError.self) { try list.sizes(of: 30, name: "a") }
        #expect(try ([RandomScale(factor: 0.5...1)] as [any Transform]).sizes(of: 40, name: "a")?.isFixed == false)
        // A transform of a plugin that does not state sizes.
        #expect(try ([Unstated(), CenterCrop(size: 20)] as [any Transform]).sizes(of: 2, name: "a") == nil)
    }

    private struct Unstated: Transform {
        func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample { sample }
    }

    @Test func aCropLargerThanAllImagesIsFound() {
        let list: [any Transform] = [RandomScale(factor: 0.5...1.5), RandomCrop(size: 20)]
        #expect(list.fillsCrop(of: 12))
        #expect(!list.fillsCrop(of: 14))
        #expect(list.fillsCrop(of: Size(height: 40, width: 10)))
    }
}
