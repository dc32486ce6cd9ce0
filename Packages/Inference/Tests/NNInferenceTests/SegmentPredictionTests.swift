import NNDatasets
import Foundation
import NNLayers
import Testing

@testable import NNInference

/// Says class 2 where a pixel is rather red, 1 where it is rather green, else 0.
private final class ColorClasses: Layer {
    func forward(_ input: Tensor, context: Context) -> Tensor {
        let input = input.cast(to: .float32)
        let (red, green) = (input.slice(axis: 3, range: 0..<1), input.slice(axis: 3, range: 1..<2))
        return Tensor.concatenated([red * 0 + 0.5, green, red], axis: 3)
    }
}

/// Adds columns to the right, as a transform that wants sides of a multiple does.
private struct PadRight: Transform {
    func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        var result = sample
        let insets = EdgeInsets(top: 0, bottom: 2, left: 0, right: 5)
        result.image = sample.image.padded(insets)
        if case .mask(let mask) = sample.target { result.target = .mask(mask.padded(insets, value: 255)) }
        return result
    }
}

struct SegmentPredictionTests {
    private let data = DataDescription(
        classNames: ["none", "grass", "brick"], classColors: [Color(0), Color(1), Color(2)])

    /// Red on the left, green on the right, black below.
    private func image(_ size: Size) -> Image {
        var image = Image(size: size)
        for row in 0..<size.height * 3 / 4 {
            for column in 0..<size.width { image[row, column, column < size.width / 2 ? 0 : 1] = 255 }
        }
        return image
    }

    private func expected(_ size: Size) -> [UInt8] {
        (0..<size.area).map { position in
            position / size.width >= size.height * 3 / 4 ? 0 : position % size.width < size.width / 2 ? 2 : 1
        }
    }

    private func predictor(_ transforms: [any Transform] = [], _ options: InferenceOptions = InferenceOptions())
        -> Predictor
    {
        Predictor(ColorClasses(), task: .segmentation, data: data, transforms: transforms, options: options)
    }

    @Test func masksHaveTheSizeOfThePicture() throws {
        let size = Size(height: 24, width: 32)
        for transforms: [any Transform] in [
            [], [Resize(size: Size(height: 12, width: 16), antialias: false)], [PadRight()],
        ] {
            let found = try predictor(transforms).segment(image(size))
            #expect(found.mask.size == size)
            #expect(found.mask.pixels == expected(size))
        }
    }

    /// A part of the image must not be taken for the whole, and a side of it not for another.
    @Test func cropsAndTurnsAreLeftOut() throws {
        let size = Size(height: 24, width: 32)
        for transform: any Transform in [
            CenterCrop(size: 8), RandomCrop(size: 8), RandomSideCrop(size: 8), Flip(horizontal: 1, vertical: 1),
            Rotate(degrees: 90, ignoreIndex: 255),
        ] {
            #expect(try predictor([transform]).segment(image(size)).mask.pixels == expected(size))
        }
    }

    @Test func windowsAndAugmentationsAgree() throws {
        let size = Size(height: 40, width: 60)
        var options = InferenceOptions()
        options.tiling = .windows(.init(size: Size(16), overlap: 5))
        options.flips = true
        #expect(try predictor([], options).segment(image(size)).mask.pixels == expected(size))
    }

    @Test func onePixelIsAPictureToo() throws {
        #expect(try predictor().segment(Image(size: Size(1), channels: 3, filledWith: 255)).mask.pixels == [1])
    }

    @Test func areasAndPictures() throws {
        let size = Size(height: 4, width: 4)
        let found = try predictor().segment(image(size))
        #expect(found.areas.map(\.name) == ["grass", "brick", "none"])
        #expect(found.areas.map(\.pixels) == [6, 6, 4])
        #expect(found.areas.reduce(0) { $0 + $1.share } == 1)
        #expect(found.coloredMask.pixels.prefix(3) == [0, 0, 2])
        #expect(found.overlay(on: image(size), opacity: 0).pixels == image(size).pixels)
    }
}
