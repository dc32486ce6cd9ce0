@_spi(Internal) import NNDatasets
@_spi(Internal) @testable import NNInference
import NNLayers
import Testing

@testable import NNReporting

/// Says class 2 where a pixel is rather red, 1 where it is rather green, else 0.
private final class ColorClasses: Layer {
    func forward(_ input: Tensor, context: Context) -> Tensor {
        let input = input.cast(to: .float32)
        let (red, green) = (input.slice(axis: 3, range: 0..<1), input.slice(axis: 3, range: 1..<2))
        return Tensor.concatenated([red * 0 + 0.5, green, red], axis: 3)
    }
}

/// Images of 6 by 8 pixels; the label of all but the last pixel is class 2, that of the last does not count.
private struct Streets: Dataset {
    let count = 12
    var classNames = ["background", "<grass>", "brick"]
    let ignoreIndex: Int? = 255
    let size = Size(height: 6, width: 8)

    /// The first `index` pixels are red and so right, the next two green and so wrong, the rest missed.
    func sample(at index: Int) -> Sample {
        var image = Image(size: size)
        for pixel in 0..<size.area where pixel < index + 2 {
            image[pixel / 8, pixel % 8, pixel < index ? 0 : 1] = 255
        }
        var mask = Image(size: size, channels: 1, filledWith: 2)
        mask[5, 7] = 255
        return Sample(image: image, target: .mask(mask), name: "\(index)")
    }
}

@Suite struct SegmentationSectionsTests {
    private func source(_ dataset: some Dataset) throws -> PredictionSource {
        PredictionSource(
            network: ColorClasses(), task: .segmentation, dataset: dataset,
            loader: try DataLoader(dataset, batchSize: 5, evaluates: true), split: .validation)
    }

    private func samples(_ dataset: some Dataset) throws -> SegmentedSamples {
        var samples = SegmentedSamples(classNames: dataset.classNames, ignoreIndex: 255, worstCount: 3)
        let evaluator = Evaluator(ColorClasses(), metrics: [], task: .segmentation)
        let loader = try DataLoader(dataset, batchSize: 5, evaluates: true)
        _ = try evaluator.evaluate(loader, didPredict: { samples.add($0) })
        samples.finish()
        return samples
    }

    @Test func theWorstImagesHaveTheirScores() throws {
        let samples = try samples(Streets())
        #expect(samples.count == 12)
        #expect(samples.worst.map(\.index) == [0, 1, 2])
        for sample in samples.worst {
            // 47 pixels count. Only class 2 has an intersection; three classes occur, or two where none is right.
            let right = Double(sample.index)
            #expect(abs(sample.accuracy - right / 47) < 1e-12)
            #expect(abs(sample.meanIoU - right / 47 / 3) < 1e-12)
            #expect(
                sample.prediction.pixels.prefix(4).elementsEqual(
                    (0..<4).map { index -> UInt8 in
                        index < sample.index ? 2 : index < sample.index + 2 ? 1 : 0
                    }))
        }
        #expect(samples.areas[2].intersection == 66 && samples.areas[2].label == 12 * 47)
        #expect(samples.areas[1].prediction == 24 && samples.reliability.count == 12 * 47)
    }

    @Test func errorsHaveKinds() throws {
        let map = ErrorMap(classNames: Streets().classNames, ignoreIndex: 255)
        let sample = try #require(try samples(Streets()).worst.last)
        let kinds = map.map(truth: sample.truth, prediction: sample.prediction).pixels.map(
            ErrorMap.Kind.init(rawValue:))
        #expect(kinds.prefix(5) == [.right, .right, .wrong, .wrong, .missed])
        #expect(kinds.last == .ignored && kinds.count { $0 == .missed } == 47 - 4)
        #expect(ErrorMap(classNames: ["road", "car"], ignoreIndex: nil).kinds == [.right, .wrong])
    }

    @Test func regionsOfAnImageAreOne() throws {
        var samples = SegmentedSamples(classNames: ["a", "b"], ignoreIndex: nil)
        let size = Size(height: 2, width: 4)
        for left in [0, 2] {
            let logits = Tensor([Float](repeating: 0, count: 8), shape: [1, 2, 2, 2]) + Tensor([Float(left), 1])
            let labels = Tensor([Int32](repeating: 1, count: 4)).reshaped([1, 2, 2])
            samples.add(
                EvaluatedSamples(
                    indices: [4], logits: logits, labels: labels, size: size,
                    region: Region(left: left, size: Size(2))))
        }
        samples.finish()
        #expect(samples.worst.map(\.prediction.pixels) == [[1, 1, 0, 0, 1, 1, 0, 0]])
        #expect(samples.count == 1 && samples.worst[0].accuracy == 0.5)
    }

    @Test func imagesStandBesideTheirMasksAndErrors() throws {
        let (sections, result) = try source(Streets()).sections()
        #expect(sections.map(\.anchor) == ["classes", "confusion", "worst", "confidence"])
        #expect(result.scores.contains { $0.name == "mIoU" })
        let worst = sections.body("worst")
        #expect(worst.count(of: "<figcaption>errors</figcaption>") == 8)
        #expect(worst.count(of: "<img") == 8 * 4)
        #expect(worst.contains("missed: background instead of an object"))
        #expect(!sections.markup.contains("<grass>"))
        #expect(sections.body("confusion").contains("<td>brick</td><td>background</td>"))
    }
}
