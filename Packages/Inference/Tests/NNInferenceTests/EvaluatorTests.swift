import NNDatasets
import NNLayers
import Testing

@testable import NNInference

struct EvaluatorTests {
    /// Predicts for each image the class of its brightest channel.
    private final class BrightestChannel: Layer {
        func forward(_ input: Tensor, context: Context) -> Tensor {
            precondition(!context.isTraining)
            return input.globalAveragePooled()
        }
    }

    private struct Colors: Dataset {
        let count = 10
        let classNames = ["red", "green", "blue"]

        /// The last three are labelled wrongly.
        func sample(at index: Int) -> Sample {
            var image = Image(size: Size(4))
            for row in 0..<4 { image[row, row, index % 3] = 255 }
            return Sample(image: image, target: .label(index < 7 ? index % 3 : (index + 1) % 3), name: "\(index)")
        }
    }

    @Test func countsOverUnevenBatches() throws {
        let loader = try DataLoader(Colors(), batchSize: 4)
        let metrics: [any Metric] = [TopKAccuracy(), ConfusionMatrix(classNames: Colors().classNames)]
        let evaluator = Evaluator(BrightestChannel(), metrics: metrics)
        var batches: [Int] = []
        for _ in 0..<2 {
            batches = []
            let result = try evaluator.evaluate(loader) { batches.append($0) }
            #expect(result.sampleCount == 10)
            #expect(result.scores.first { $0.name == "top1" }?.value == 70)
            #expect(result.scores.map(\.name) == ["top1", "balanced_accuracy"])
            #expect(result.reports.count == 1)
            #expect(result.samplesPerSecond > 0)
        }
        #expect(batches == [1, 2, 3])
    }

    /// Some samples are broken; the others count as they would alone.
    @Test func whatIsSkippedIsNotReplaced() throws {
        struct Broken: Dataset {
            let count = 10
            let classNames = ["red", "green", "blue"]
            func sample(at index: Int) throws -> Sample {
                // What comes next is labelled wrongly, and must not count twice.
                if [5, 6].contains(index) { throw ImageError(file: "\(index)", reason: "broken", remedy: "mend it") }
                return Colors().sample(at: index)
            }
        }
        let evaluator = Evaluator(
            BrightestChannel(), metrics: [TopKAccuracy()], confusion: ConfusionMatrix(classNames: Broken().classNames))
        var batches: [Int] = []
        let loader = try DataLoader(Broken(), batchSize: 4, brokenSamples: .skip)
        let result = try evaluator.evaluate(loader) { batches.append($0) }
        #expect(result.sampleCount == 8 && batches == [1, 2, 3])
        #expect(result.scores.first { $0.name == "top1" }?.value == 62.5)
    }

    /// Shrinks images eightfold; the logits of three classes are the sum of what is left.
    private final class Shrinking: Layer {
        func forward(_ input: Tensor, context: Context) -> Tensor {
            input.maxPooled(kernel: 8).globalAveragePooled()
        }
    }

    @Test func imagesThatANetworkCannotTakeAreRefused() throws {
        let loader = try DataLoader(Colors())
        var error = #expect(throws: ImageError.self) {
            try Evaluator(Shrinking(), metrics: [TopKAccuracy()]).evaluate(loader)
        }
        #expect(error?.reason.contains("the network does not accept an image of 4x4 pixels") == true)

        var options = InferenceOptions()
        let description = DataDescription(classNames: Colors().classNames)
        error = #expect(throws: ImageError.self) {
            try Predictor(Shrinking(), data: description, options: options).predict(Image(size: 7), name: "small.png")
        }
        #expect(error?.file == "small.png")
        options.scales = [1, 0.5]
        error = #expect(throws: ImageError.self) {
            try Predictor(Shrinking(), data: description, options: options).predict(Image(size: 12))
        }
        #expect(error?.reason.contains("12x12") == true)
        #expect(try Predictor(Shrinking(), data: description).predict(Image(size: 9)).classes.count == 3)
    }
}
