import NNDatasets
import NNLayers
import Testing

@testable import NNInference

/// Class 1 where the upper left corner of an image is bright, class 0 elsewhere.
private final class CornerClasses: Layer {
    static let side = 4

    func forward(_ input: Tensor, context: Context) -> Tensor {
        let corner = input.slice(axis: 1, range: 0..<Self.side).slice(axis: 2, range: 0..<Self.side).cast(to: .float32)
        let brightness = corner.mean(axes: [1, 2, 3], keepsDimensions: false).reshaped([-1, 1])
        return Tensor.concatenated([1.5 - brightness * 3, brightness * 3 - 1.5], axis: 1)
    }
}

@Suite struct OcclusionTests {
    private let data = DataDescription(classNames: ["dark", "bright"])

    /// Dark, but for a bright square.
    private func image(_ size: Size, bright: Region) -> Image {
        var image = Image(size: size)
        for row in bright.rows {
            for column in bright.columns { for channel in 0..<3 { image[row, column, channel] = 255 } }
        }
        return image
    }

    private func predictor(_ transforms: [any Transform] = [], _ precision: Precision = .float32) -> Predictor {
        Predictor(CornerClasses(), data: data, transforms: transforms, precision: precision)
    }

    @Test(arguments: Precision.allCases) func theClassDependsOnItsCornerAlone(_ precision: Precision) throws {
        let image = image(Size(height: 20, width: 26), bright: Region(size: Size(4)))
        let found = try predictor([], precision).occlusion(of: image, patch: 4, stride: 2)
        #expect(found.className == "bright" && found.probability > 0.9)
        let peak = try #require(found.peak)
        #expect(peak.row < 2 && peak.column < 2)
        for row in 0..<20 {
            for column in 0..<26 {
                // A patch that covers a pixel of the corner begins before column 4 and ends before column 7.
                let reaches = row < 6 && column < 6
                let value = found.map.floats[row * 26 + column]
                #expect(reaches ? value > 0 : abs(value) < 1e-6)
            }
        }
        // Only patches at the corner cover its first pixel: they hide all of it.
        let hidden = try predictor([], precision).predict(
            self.image(image.size, bright: Region(size: Size(4))), count: 2)
        #expect(abs(found.map.floats[0] - hidden.classes[0].probability) < 0.1)
    }

    /// What a crop leaves out has no value, and the corner of the crop is found where it is in the original.
    @Test func locationsSurviveResizingAndCrops() throws {
        // 60x90 becomes 20x30, of which rows 2 to 18 and columns 7 to 23 are kept.
        let transforms: [any Transform] = [Resize(size: Size(height: 20, width: 30)), CenterCrop(size: Size(16))]
        let image = image(Size(height: 60, width: 90), bright: Region(top: 6, left: 21, size: Size(12)))
        let found = try predictor(transforms).occlusion(of: image, patch: 4, stride: 1)
        #expect(found.className == "bright")
        let values = found.map.floats
        for row in 0..<60 {
            for column in 0..<90 {
                let isSeen = 6..<54 ~= row && 21..<69 ~= column
                #expect(values[row * 90 + column].isNaN == !isSeen)
            }
        }
        let peak = try #require(found.peak)
        #expect(6..<12 ~= peak.row && 21..<27 ~= peak.column)
        let overlay = found.overlay(on: image, opacity: 0.7)
        #expect(overlay[0, 0] == image[0, 0] && overlay[59, 89] == image[59, 89])
        #expect(overlay[30, 40, 2] != image[30, 40, 2])
        #expect(found.overlay(on: image, opacity: 0).pixels == image.pixels)
    }

    @Test func anImageOfOneColourIsNotExplained() throws {
        let found = try predictor().occlusion(of: Image(size: Size(12), channels: 3, filledWith: 200), class: 1)
        #expect(found.maximum < 1e-6 && found.size == Size(12))
        #expect(found.map.floats.allSatisfy { abs($0) < 1e-6 })
    }

    @Test func patchesCoverEveryPixel() throws {
        for (size, patch, stride) in [(13, 5, 3), (9, 9, 9), (7, 1, 1), (10, 4, 4)] {
            let image = image(Size(height: size, width: size + 1), bright: Region(size: Size(4)))
            let found = try predictor().occlusion(of: image, patch: patch, stride: stride)
            #expect(found.map.floats.allSatisfy { $0.isFinite })
        }
    }
}
