import NNBackbones
import NNDatasets
import Foundation
import NNHeads
import NNInference
import NNLosses
import NNLayers
import NNOptimizers

@testable import NNTraining

/// A classifier of drawn shapes that trains in a moment: 3 classes, 12 steps an epoch.
enum TestExperiment {
    static let stepsPerEpoch = 12

    static func registry() throws -> Registry {
        try Registry(plugins: [
            LayersPlugin(), BackbonesPlugin(), HeadsPlugin(), LossesPlugin(), DatasetsPlugin(), OptimizersPlugin(),
            InferencePlugin(), TrainingPlugin(),
        ])
    }

    static func config(_ change: (inout ExperimentConfig) -> Void = { _ in }) -> ExperimentConfig {
        var config = ExperimentConfig()
        config.model.backbone = ["type": "resnet_cifar", "depth": 8]
        config.model.head = "classifier"
        config.data.dataset = [
            "type": "shapes", "size": 16, "class_count": 3, "train_count": 96, "validation_count": 30,
        ]
        config.data.trainTransforms = [["type": "pad_crop", "padding": 1, "size": 16], "flip"]
        config.data.batchSize = 8
        config.optimizer = ["type": "sgd", "lr": 0.05, "momentum": 0.9]
        config.schedule = "cosine"
        config.epochs = 2
        config.seed = 3
        change(&config)
        return config
    }

    static func experiment(_ change: (inout ExperimentConfig) -> Void = { _ in }) throws -> Experiment {
        try Experiment(config(change), registry: registry())
    }

    static func trainer(
        run: RunDirectory? = nil, _ change: (inout ExperimentConfig) -> Void = { _ in }
    ) throws -> Trainer {
        try experiment(change).makeTrainer(run: run)
    }
}

/// The steps and epochs that a trainer told of; asks it to stop after some step.
final class RecordingCallback: TrainingCallback {
    private(set) var steps: [StepRecord] = []
    private(set) var epochs: [EpochRecord] = []
    private(set) var starts = 0
    private(set) var summaries: [TrainingSummary] = []
    private let lastStep: Int?

    init(lastStep: Int? = nil) { self.lastStep = lastStep }

    var shouldStop: Bool { steps.last?.step == lastStep && lastStep != nil }

    func didStart(_ trainer: Trainer) { starts += 1 }
    func didFinishStep(_ step: StepRecord, of trainer: Trainer) { steps.append(step) }
    func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) { epochs.append(epoch) }
    func didEnd(_ summary: TrainingSummary, of trainer: Trainer) { summaries.append(summary) }
}
