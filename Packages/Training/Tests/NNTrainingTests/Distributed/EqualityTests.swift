import Foundation
import NNLayers
import Testing

@_spi(Internal) @testable import NNTraining

/// Several ranks must end with the weights and the scores of one rank with the whole batch, up to the order of sums.
@Suite struct EqualityTests {
    /// A network without batch norm, whose statistics are those of a rank's batch.
    private static let plain: ConfigNode = [
        "type": "sequential",
        "stages": [
            [["type": "convolution", "channels": 6, "stride": 2, "normalizes": false]],
            [["type": "convolution", "channels": 8, "stride": 2, "normalizes": false]],
        ],
    ]

    static func config(
        batchSize: Int, _ change: (inout ExperimentConfig) -> Void = { _ in }
    ) -> ExperimentConfig {
        TestExperiment.config { config in
            config.model.backbone = Component(plain)
            config.data.batchSize = batchSize
            config.data.loaderThreads = 0
            config.data.dataset = [
                "type": "shapes", "size": 16, "class_count": 3, "train_count": 50, "validation_count": 31,
            ]
            change(&config)
        }
    }

    static func train(
        _ config: ExperimentConfig, ranks: Int, checkpoint: Checkpoint? = nil, run: RunDirectory? = nil,
        lastStep: Int? = nil
    ) throws -> [RankResult] {
        try runRanks(ranks) { group in
            let experiment = try Experiment(
                config, registry: TestExperiment.registry(), group: ranks > 1 ? group : nil)
            let trainer = try experiment.makeTrainer(run: run, checkpoint: checkpoint)
            if let lastStep, group.isFirst { trainer.callbacks.append(RecordingCallback(lastStep: lastStep)) }
            return RankResult(trainer, try trainer.train())
        }.map { try $0.get() }
    }

    private static let changes: [@Sendable (inout ExperimentConfig) -> Void] = [
        { _ in },
        // Labels that weigh differently, so that a mean of means is another.
        { $0.loss = ["type": "cross_entropy", "class_weights": [1, 5, 0.2]] },
        { config in
            config.training.accumulate = 2
            config.training.gradientClipNorm = 0.5
            config.optimizer = ["type": "adamw", "lr": 0.002]
            config.training.ema = MovingAverageConfig()
        },
        { config in
            config.training.freeze = ["backbone"]
            config.training.unfreeze = [UnfreezeConfig(epoch: 2, pattern: "backbone.stages.1")]
        },
    ]

    @Test(arguments: [2, 3], [0, 1, 2, 3]) func ranksGiveTheWeightsOfOne(ranks: Int, change: Int) throws {
        let whole = try Self.train(Self.config(batchSize: 12, Self.changes[change]), ranks: 1)[0]
        let parts = try Self.train(Self.config(batchSize: 12 / ranks, Self.changes[change]), ranks: ranks)
        for part in parts {
            let difference = part.difference(from: whole)
            #expect(difference.value < 2e-4, "\(difference)")
            #expect(part.summary.progress.step == whole.summary.progress.step)
            #expect(part.difference(from: parts[0]).value == 0)
            let pairs = zip(part.summary.progress.scores, whole.summary.progress.scores)
            for (score, expected) in pairs {
                #expect(score.name == expected.name)
                #expect(abs(score.value - expected.value) <= 1e-3 * max(1, abs(expected.value)), "\(score)")
            }
            #expect(part.summary.progress.scores == parts[0].summary.progress.scores)
        }
    }

    /// Also where blocks are calculated twice, and where ranks weigh differently.
    @Test(arguments: [2, 3], [false, true]) func synchronizedBatchNormGivesTheWeightsOfOne(
        ranks: Int, isHarder: Bool
    ) throws {
        func config(batchSize: Int) -> ExperimentConfig {
            Self.config(batchSize: batchSize) { config in
                config.model.backbone = ["type": "resnet_cifar", "depth": 8]
                config.training.distributed.syncBatchNorm = true
                config.optimizer = ["type": "sgd", "lr": 0.01]
                guard isHarder else { return }
                config.training.checkpointing = true
                config.loss = ["type": "cross_entropy", "class_weights": [1, 5, 0.2]]
            }
        }
        let whole = try Self.train(config(batchSize: 12), ranks: 1)[0]
        let parts = try Self.train(config(batchSize: 12 / ranks), ranks: ranks)
        let difference = parts[0].difference(from: whole)
        #expect(difference.value < 2e-3, "\(difference)")
        #expect(parts[1].difference(from: parts[0]).value == 0)
        // Without it the batches of the ranks are normalized by themselves.
        var other = config(batchSize: 12 / ranks)
        other.training.distributed.syncBatchNorm = false
        #expect(try Self.train(other, ranks: ranks)[0].difference(from: whole).value > 0.01)
    }

    @Test func networksWithBatchNormHaveEqualWeightsOnAllRanks() throws {
        let config = Self.config(batchSize: 6) { $0.model.backbone = ["type": "resnet_cifar", "depth": 8] }
        let parts = try Self.train(config, ranks: 2)
        #expect(parts[1].difference(from: parts[0]).value == 0)
    }

    @Test func compressedGradientsTrainNearlyTheSame() throws {
        let exact = try Self.train(Self.config(batchSize: 6), ranks: 2)
        let compressed = try Self.train(
            Self.config(batchSize: 6) { $0.training.distributed.compression = .bfloat16 }, ranks: 2)
        let difference = compressed[0].difference(from: exact[0]).value
        #expect(difference > 1e-6 && difference < 0.05, "\(difference)")
        #expect(compressed[1].difference(from: compressed[0]).value == 0)
    }

    /// Dropout must not drop the same units of each rank's images.
    @Test func ranksDrawTheirOwnRandomNumbers() throws {
        let config = Self.config(batchSize: 6) { config in
            config.model.head = ["type": "classifier", "dropout": 0.5]
            config.epochs = 1
        }
        let parts = try Self.train(config, ranks: 2)
        #expect(parts[1].difference(from: parts[0]).value == 0)
        #expect(parts[0].summary.progress.scores.allSatisfy { $0.isDefined })
    }
}
