import Foundation
import NNLayers
import Testing

@_spi(Internal) @testable import NNTraining

/// A run that was interrupted and resumed must end as one that was not: with the same file, byte for byte.
struct ResumeTests {
    private func lastCheckpoint(of run: RunDirectory) throws -> Data { try Data(contentsOf: run.url(of: .last)) }

    private func makeRun(in folder: TemporaryFolder) throws -> RunDirectory {
        try RunDirectory.create(in: folder.url, configuration: "shapes")
    }

    private static let changes: [@Sendable (inout ExperimentConfig) -> Void] = [
        { _ in },
        { config in
            config.precision = .bfloat16
            config.optimizer = ["type": "adamw", "lr": 0.002]
            config.training.ema = MovingAverageConfig()
            config.training.earlyStopping = EarlyStoppingConfig()
            config.schedule = ["type": "plateau", "metric": "train_loss", "patience": 0]
            config.model.head = ["type": "classifier", "dropout": 0.3]
        },
        { config in
            config.training.accumulate = 5
            config.training.gradientClipNorm = 0.5
            config.data.loaderThreads = 3
        },
        { config in
            config.training.freeze = ["backbone"]
            config.training.unfreeze = [UnfreezeConfig(epoch: 2, pattern: "backbone.layer3")]
            config.training.ema = MovingAverageConfig()
            config.optimizer = [
                "type": "adamw", "lr": 0.002, "groups": [["pattern": "backbone.layer3.*", "lr_factor": 0.1]],
            ]
        },
    ]

    @Test(arguments: [0, 1, 2, 3], [0, 2, 4, 5])
    func sameBytes(change: Int, quarters: Int) throws {
        let change = Self.changes[change]
        let folder = try TemporaryFolder()
        let whole = try makeRun(in: folder)
        try TestExperiment.trainer(run: whole, change).train()

        let parts = try makeRun(in: folder)
        let first = try TestExperiment.trainer(run: parts, change)
        let lastStep = max(first.stepsPerEpoch * quarters / 4, 1)
        first.callbacks.append(RecordingCallback(lastStep: lastStep))
        let summary = try first.train()
        #expect(summary.ending == .stoppedByCallback)
        #expect(summary.progress.step == lastStep)

        let second = try TestExperiment.trainer(run: parts, change)
        try second.restore(Checkpoint(contentsOf: parts.url(of: .last)))
        #expect(try second.train().ending == .completed)
        #expect(second.progress.step == 2 * first.stepsPerEpoch)
        #expect(try lastCheckpoint(of: parts) == lastCheckpoint(of: whole))
        #expect(try Data(contentsOf: parts.url(of: .best)) == Data(contentsOf: whole.url(of: .best)))
    }

    @Test func otherSeedsGiveOtherWeights() throws {
        let folder = try TemporaryFolder()
        let runs = try [3, 4].map { seed in
            let run = try makeRun(in: folder)
            try TestExperiment.trainer(run: run) { config in
                config.seed = UInt64(seed)
                config.epochs = 1
            }.train()
            return run
        }
        #expect(try lastCheckpoint(of: runs[0]) != lastCheckpoint(of: runs[1]))
    }

    @Test func checkpointsOfOtherRunsAreRefused() throws {
        let trainer = try TestExperiment.trainer()
        let checkpoint = try trainer.makeCheckpoint()
        let refused: [(reason: String, change: (inout ExperimentConfig) -> Void)] = [
            ("seed", { $0.seed = 4 }),
            ("match the network", { $0.model.backbone = ["type": "resnet_cifar", "depth": 14] }),
            ("optimizer", { $0.optimizer = "adam" }),
            // The network first, whatever else does not fit.
            ("match the network", { $0.model.head = "mlp_classifier" }),
            (
                "match the network",
                {
                    $0.model.backbone = ["type": "resnet_cifar", "depth": 14]
                    $0.optimizer = "adam"
                    $0.seed = 4
                    $0.data.batchSize = 4
                }
            ),
        ]
        let trained = try TestExperiment.trainer { $0.epochs = 1 }
        try trained.train()
        let trainedCheckpoint = try trained.makeCheckpoint()
        for (reason, change) in refused {
            let other = try TestExperiment.trainer(change)
            let error = #expect(throws: CheckpointError.self) { try other.restore(trainedCheckpoint) }
            #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        }
        let shorter = try TestExperiment.trainer { $0.data.batchSize = 16 }
        #expect(throws: CheckpointError.self) { try shorter.restore(trainedCheckpoint) }
        try TestExperiment.trainer().restore(checkpoint)
    }
}
