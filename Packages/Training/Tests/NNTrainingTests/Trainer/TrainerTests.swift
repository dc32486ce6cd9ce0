import NNDatasets
import Foundation
import NNHeads
import NNInference
import NNLosses
import NNLayers
import NNOptimizers
import Testing

@testable import NNTraining

struct TrainerTests {
    @Test func learnsShapes() throws {
        let trainer = try TestExperiment.trainer {
            $0.epochs = 3
            $0.seed = 0
            $0.data.batchSize = 32
            $0.data.trainTransforms = ["flip"]
            $0.data.normalize = Normalization(mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25])
            $0.optimizer = ["type": "sgd", "lr": 0.05, "momentum": 0.9, "nesterov": true, "weight_decay": 5e-4]
            $0.data.dataset = [
                "type": "shapes", "size": 16, "class_count": 3, "train_count": 3200, "validation_count": 200,
            ]
        }
        let summary = try trainer.train()
        #expect(summary.ending == .completed)
        #expect(summary.progress.epoch == 3)
        #expect(summary.progress.step == 3 * 3200 / 32)
        let top1 = try #require(summary.progress.scores.first { $0.name == "validation_top1" })
        // Guessing gives 33 %.
        #expect(top1.value > 65)
        #expect(summary.progress.best?.metric == "validation_top1")
        #expect(summary.peakMemory > 0)
    }

    /// Without a configuration, a registry or a folder.
    @Test func trainsALayerOfTheCallers() throws {
        let training = try DataLoader(Shapes(split: .validation), batchSize: 50)
        let network = Sequential([
            Conv2D(inputChannels: 3, outputChannels: 8, kernel: 3, strides: 2), ActivationLayer(.relu),
            GlobalAveragePool(), Linear(inputFeatures: 8, outputFeatures: 6),
        ])
        network.initialize(key: RandomKey(seed: 1))
        let optimizer = Adam(network.parameters, learningRate: 0.01)
        var settings = TrainingOptions()
        settings.epochs = 2
        let trainer = Trainer(
            network, loss: CrossEntropy(), optimizer: optimizer, training: training, options: settings)
        let recorder = RecordingCallback()
        trainer.callbacks.append(recorder)
        let summary = try trainer.train()
        #expect(summary.progress.step == 40)
        #expect(summary.progress.best?.metric == "train_loss")
        let losses = recorder.epochs.compactMap { $0["train_loss"] }
        #expect(losses.count == 2 && losses[1] < losses[0])
    }

    /// Whether products of float32 were allowed to be fast in each step.
    private final class FastSteps: TrainingCallback {
        private(set) var areFast: [Bool] = []
        func didFinishStep(_ step: StepRecord, of trainer: Trainer) { areFast.append(Engine.fastFloat32) }
    }

    @Test(arguments: [false, true]) func allowsFastProductsInItsSteps(_ allows: Bool) throws {
        let trainer = try TestExperiment.trainer { $0.training.fastFP32 = allows }
        let steps = FastSteps()
        trainer.callbacks.append(steps)
        try trainer.train()
        #expect(steps.areFast == [Bool](repeating: allows, count: 24))
        #expect(!Engine.fastFloat32)
    }

    @Test func tellsCallbacksOfEveryStepAndEpoch() throws {
        let trainer = try TestExperiment.trainer { $0.training.gradientClipNorm = 1 }
        let recorder = RecordingCallback()
        trainer.callbacks.append(recorder)
        try trainer.train()
        #expect(recorder.starts == 1)
        #expect(recorder.steps.map(\.step) == Array(1...24))
        #expect(recorder.steps.map(\.epoch) == [Int](repeating: 1, count: 12) + [Int](repeating: 2, count: 12))
        #expect(recorder.steps.map(\.stepInEpoch) == Array(1...12) + Array(1...12))
        #expect(recorder.steps.allSatisfy { $0.stepsInEpoch == 12 && $0.time.sampleCount == 8 })
        #expect(recorder.steps.allSatisfy { $0.time.total >= $0.time.waitingForData && $0.gradientNorm! > 0 })
        #expect(recorder.steps.first?.learningRate == 0.05)
        #expect(recorder.steps.last!.learningRate < 0.001)
        #expect(recorder.epochs.map(\.epoch) == [1, 2])
        let names = ["train_loss", "train_top1", "validation_loss", "validation_top1"]
        #expect(recorder.epochs.allSatisfy { $0.scores.map(\.name) == names })
        #expect(recorder.epochs[0].isBest)
        #expect(recorder.summaries.map(\.ending) == [.completed])
    }

    @Test func interruptionFinishesTheStepAndSaves() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        let trainer = try TestExperiment.trainer(run: run)
        let interruption = Interruption()
        interruption.request()
        let summary = try trainer.train(until: interruption)
        #expect(summary.ending == .interrupted)
        #expect(summary.progress.step == 0)
        #expect(try Checkpoint(contentsOf: run.url(of: .last)).information.progress.step == 0)
    }

    @Test func stopsEarly() throws {
        // At such a learning rate nothing changes, so the second and the third epoch are no better.
        func trainer(patience: Int) throws -> Trainer {
            try TestExperiment.trainer { config in
                config.epochs = 9
                config.optimizer = ["type": "sgd", "lr": 1e-30]
                config.training.bestMetric = "train_loss"
                config.data.trainTransforms = []
                config.data.sampler = "sequential"
                config.training.earlyStopping = EarlyStoppingConfig()
                config.training.earlyStopping?.patience = patience
            }
        }
        let first = try trainer(patience: 2)
        let summary = try first.train()
        #expect(summary.ending == .stoppedEarly)
        #expect(summary.progress.epoch == 3)

        // Resumed, it is still at its end; with more patience it goes on.
        for (patience, epoch) in [(2, 3), (3, 4)] {
            let second = try trainer(patience: patience)
            try second.restore(first.makeCheckpoint())
            #expect(try second.train().ending == .stoppedEarly)
            #expect(second.progress.epoch == epoch)
        }
    }

    @Test func evaluatesAveragedWeights() throws {
        // The average of weights that begin to move late is that of the beginning.
        let trainer = try TestExperiment.trainer { config in
            config.epochs = 1
            config.training.ema = MovingAverageConfig()
            config.training.ema?.decay = 0.5
        }
        try trainer.train()
        let own = trainer.network.stateDictionary["backbone.conv1.weight"]?.floats
        let averaged = trainer.withAveragedWeights { trainer.network.stateDictionary["backbone.conv1.weight"]?.floats }
        #expect(own != averaged)
        #expect(trainer.network.stateDictionary["backbone.conv1.weight"]?.floats == own)
        let evaluator = Evaluator(trainer.network, loss: trainer.loss, metrics: [TopKAccuracy()])
        let result = try trainer.withAveragedWeights { try evaluator.evaluate(trainer.validation!) }
        #expect(result.scores.map(\.value) == trainer.progress.scores.suffix(2).map(\.value))
    }

    @Test func unknownScoresAreRefusedAfterOneStep() throws {
        let trainer = try TestExperiment.trainer { $0.training.bestMetric = "validation_top9" }
        let error = #expect(throws: TrainingError.self) { try trainer.train() }
        #expect(error?.description.contains("validation_top9") == true)
        #expect(error?.remedy.contains("validation_top1") == true)
        #expect(trainer.progress.step == 1)
    }

    @Test func accumulationEqualsALargerBatch() throws {
        // Without batch statistics, two batches of 4 give the mean gradient of one of 8.
        func weights(batchSize: Int, accumulation: Int) throws -> [Float] {
            let training = try DataLoader(Shapes(count: 24), batchSize: batchSize, threads: 0)
            let network = Sequential([GlobalAveragePool(), Linear(inputFeatures: 3, outputFeatures: 6)])
            network.initialize(key: RandomKey(seed: 1))
            var settings = TrainingOptions()
            settings.epochs = 2
            settings.accumulation = accumulation
            let optimizer = SGD(network.parameters, learningRate: 0.5)
            try Trainer(network, loss: CrossEntropy(), optimizer: optimizer, training: training, options: settings)
                .train()
            return network.stateDictionary["1.weight"]!.floats
        }
        let whole = try weights(batchSize: 8, accumulation: 1)
        let parts = try weights(batchSize: 4, accumulation: 2)
        #expect(isClose(parts, whole, tolerance: 1e-5))
    }

    @Test func batchesThatANetworkCannotTakeDoNotTrain() throws {
        /// Accepts images of at least 8 pixels a side.
        final class Window: Layer {
            func forward(_ input: Tensor, context: Context) -> Tensor {
                input.maxPooled(kernel: 8).globalAveragePooled()
            }
        }
        struct Tiny: Dataset {
            let count = 4
            let classNames = ["a", "b", "c"]
            func sample(at index: Int) -> Sample {
                Sample(image: Image(size: 4), target: .label(index % 3), name: "\(index)")
            }
        }
        let network = Sequential([Window(), Linear(inputFeatures: 3, outputFeatures: 3)])
        network.initialize(key: RandomKey(seed: 1))
        let trainer = Trainer(
            network, loss: CrossEntropy(), optimizer: SGD(network.parameters, learningRate: 0.1),
            training: try DataLoader(Tiny()))
        #expect(throws: ImageError.self) { try trainer.train() }
    }
}
