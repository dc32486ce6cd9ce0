import NNBackbones
import NNHeads
import NNInference
import NNLosses
import NNLayers
import NNOptimizers
import Testing

@testable import NNTraining

struct ShapeProofTests {
    @Test func provesAndCounts() throws {
        let proof = try TestExperiment.experiment().proveShapes()
        #expect(proof.imageSize == Size(16))
        #expect(proof.logits == [8, 3])
        // 3x3 convolutions at 16x16, 8x8 and 4x4, and the dense layer.
        let stem = 16 * 16 * 9 * 3 * 16
        let first = 16 * 16 * 9 * 16 * 16 * 2
        let second = 8 * 8 * 9 * (16 * 32 + 32 * 32)
        let third = 4 * 4 * 9 * (32 * 64 + 64 * 64)
        #expect(proof.multiplyAccumulates == stem + first + second + third + 64 * 3)
        let count = try TestExperiment.experiment().makeNetwork().parameterCount
        #expect(proof.memory.parameters == 4 * (count.parameters + count.statistics))
        #expect(proof.memory.gradients == 4 * count.trainable)
        #expect(proof.memory.optimizerState == 4 * count.trainable)
        #expect(proof.memory.averagedWeights == 0)
        #expect(proof.memory.activations > 8 * 16 * 16 * 16 * 4 * 3)
    }

    @Test func memoryFollowsTheOptimizerAndTheAverage() throws {
        let adam = try TestExperiment.experiment { config in
            config.optimizer = "adam"
            config.training.ema = MovingAverageConfig()
        }.proveShapes().memory
        #expect(adam.optimizerState == 2 * adam.gradients)
        #expect(adam.averagedWeights == adam.parameters)
    }

    @Test func failuresNameTheModule() throws {
        let backbone = Narrow()
        let network = Network(backbone: backbone, head: Classifier(features: backbone.features, classes: 3))
        let optimizer = SGD(network.parameters, learningRate: 1)
        let error = #expect(throws: ConfigError.self) {
            try ShapeProof(
                network, loss: CrossEntropy(), classCount: 3, imageSize: Size(16), batchSize: 2, precision: .float32,
                optimizer: optimizer, keepsAverage: false, at: .null)
        }
        #expect(error?.description.contains("backbone.second (Conv2D)") == true, "\(error!)")
    }

    @Test func scoresThatNothingMeasuresAreRefused() throws {
        func failure(_ change: (inout ExperimentConfig) -> Void) -> String? {
            do {
                _ = try TestExperiment.experiment(change).proveShapes()
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(failure { $0.training.bestMetric = "foo" }?.contains("training.best_metric: 'foo' is to be") == true)
        #expect(
            failure { $0.schedule = ["type": "plateau", "metric": "foo"] }?.contains("schedule.metric: 'foo'") == true)
        #expect(failure { $0.training.bestMetric = "validation_top1" } == nil)
        #expect(failure { $0.schedule = "plateau" } == nil)
    }

    /// A metric of a plugin whose name cannot be a column of the run's records.
    private struct OddlyNamed: Metric {
        var values: [MetricValue] { [MetricValue("IoU (mean)", 1, mode: .max)] }
        mutating func update(_ predictions: Predictions, labels: Tensor) {}
        mutating func reset() {}
    }

    @Test func metricsThatCannotBeRecordedAreRefused() throws {
        let registry = try TestExperiment.registry()
        try registry.register(.metric, "odd", summary: "") { _ in OddlyNamed() }
        let experiment = try Experiment(TestExperiment.config { $0.training.metrics = ["odd"] }, registry: registry)
        for attempt in [{ _ = try experiment.proveShapes() }, { _ = try experiment.makeTrainer() }] {
            let error = #expect(throws: ConfigError.self) { try attempt() }
            #expect(
                error?.description.contains("a metric is named 'IoU (mean)', which cannot be a column of the log")
                    == true)
        }
    }

    /// The only batch of a few samples is made of these, and must be enough for normalization.
    @Test func batchesAreNoLargerThanTheData() throws {
        func experiment(_ count: Int64) throws -> Experiment {
            try TestExperiment.experiment { config in
                config.data.dataset = ["type": "shapes", "train_count": .init(.integer(Int(count))), "size": 8]
                config.data.trainTransforms = []
                config.data.validationTransforms = []
                config.model.backbone = ["type": "resnet", "depth": 18]
            }
        }
        #expect(try experiment(3).proveShapes().logits == [3, 6])
        let error = #expect(throws: ConfigError.self) { try experiment(1).proveShapes() }
        #expect(error?.description.contains("more than one value for each channel") == true)
    }

    /// A backbone whose second convolution does not fit its first.
    private final class Narrow: Backbone {
        @Child var first = Conv2D(inputChannels: 3, outputChannels: 4, kernel: 3)
        @Child var second = Conv2D(inputChannels: 5, outputChannels: 8, kernel: 3)
        let features = [FeatureInfo(channels: 8, stride: 1)]

        func forward(_ images: Tensor, context: Context) -> [Feature] {
            [Feature(second(first(images, context), context))]
        }
    }

    @Test func headsForAnotherTaskAreRefused() throws {
        let experiment = try TestExperiment.experiment { config in
            config.data.dataset = ["type": "shapes", "task": "segmentation", "size": 16]
        }
        let error = #expect(throws: ConfigError.self) { try experiment.proveShapes() }
        #expect(error?.description.contains("segmentation") == true)
    }
}
