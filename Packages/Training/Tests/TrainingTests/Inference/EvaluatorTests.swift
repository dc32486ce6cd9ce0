import Datasets
import NNLayers
import Testing

@testable import Training

struct EvaluatorTests {
    /// Says that each picture has the class of its brightest channel.
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
        var options = DataLoader.Options()
        options.batchSize = 4
        let loader = try DataLoader(Colors(), options: options)
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
}
