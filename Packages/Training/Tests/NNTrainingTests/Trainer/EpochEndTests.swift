import NNInference
import Foundation
import Testing

@testable import NNTraining

/// What an epoch leaves behind, whenever the process ends.
struct EpochEndTests {
    private struct Failure: Error {}

    /// Fails after an epoch, in the place of a process that is killed or a disk that is full then.
    private final class Failing: TrainingCallback {
        private let epoch: Int

        init(after epoch: Int) { self.epoch = epoch }

        func didFinishEpoch(_ record: EpochRecord, of trainer: Trainer) throws {
            if record.epoch == epoch { throw Failure() }
        }
    }

    /// The checkpoint to go on from is written last: what it takes for granted is there.
    @Test func anEpochThatDidNotEndIsRepeated() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        let first = try TestExperiment.trainer(run: run)
        first.callbacks.append(Failing(after: 2))
        #expect(throws: Failure.self) { try first.train() }
        let checkpoint = try Checkpoint(contentsOf: run.url(of: .last))
        #expect(checkpoint.information.progress.step == 24 && checkpoint.information.progress.evaluatedStep == 12)
        let second = try TestExperiment.experiment().makeTrainer(run: run, checkpoint: checkpoint)
        try second.train()
        #expect(try MetricsLog(in: run).rows.map(\.epoch) == [1, 2])
        let best = try #require(second.progress.best?.bestEpoch)
        #expect(try Checkpoint(contentsOf: run.url(of: .best)).information.progress.epoch == best)

        let whole = try TestExperiment.trainer()
        try whole.train()
        #expect(second.network.stateDictionary["head.fc.weight"] != nil)
        #expect(
            second.network.stateDictionary["head.fc.weight"]?.floats
                == whole.network.stateDictionary["head.fc.weight"]?.floats)
    }

    @Test func aRefusedCheckpointChangesNothing() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        try TestExperiment.trainer(run: run).train()
        let before = try Data(contentsOf: run.configFile)
        let checkpoint = try Checkpoint(contentsOf: run.url(of: .last))
        #expect(throws: CheckpointError.self) {
            try TestExperiment.experiment { $0.seed = 4 }.makeTrainer(run: run, checkpoint: checkpoint)
        }
        #expect(try Data(contentsOf: run.configFile) == before)
    }

    /// What was best by one measure says nothing of another.
    @Test func anotherMeasureBeginsAnew() throws {
        let first = try TestExperiment.trainer { $0.training.bestMetric = "validation_loss" }
        try first.train()
        let second = try TestExperiment.trainer { $0.epochs = 3 }
        try second.restore(first.makeCheckpoint())
        try second.train()
        #expect(second.progress.best?.metric == "validation_top1" && second.progress.best?.bestEpoch == 3)
    }
}
