import Foundation
import NNLayers
import Testing

@_spi(Internal) @testable import NNTraining

/// Checkpoints within epochs, those that are kept, and what training continues from after a mishap.
@Suite struct SavingTests {
    private struct Failure: Error {}

    /// Ends training as a killed process does: without saving.
    private final class Dying: TrainingCallback {
        private let step: Int

        init(after step: Int) { self.step = step }

        func didFinishStep(_ record: StepRecord, of trainer: Trainer) throws {
            if record.step == step { throw Failure() }
        }
    }

    private func makeRun(in folder: TemporaryFolder) throws -> RunDirectory {
        try RunDirectory.create(in: folder.url, configuration: "shapes")
    }

    private func die(after step: Int, in run: RunDirectory, _ change: (inout ExperimentConfig) -> Void) throws {
        let trainer = try TestExperiment.trainer(run: run, change)
        trainer.callbacks.append(Dying(after: step))
        #expect(throws: Failure.self) { try trainer.train() }
    }

    private func savedStep(_ url: URL) throws -> Int { try Checkpoint(contentsOf: url).information.progress.step }

    /// Of a run that is killed anywhere, the steps since the last checkpoint are lost, and it ends as if nothing had been.
    @Test(arguments: [(6, 5), (7, 5), (12, 10), (13, 12), (24, 20)])
    func killedRunsLoseLittle(died: Int, saved: Int) throws {
        let change: (inout ExperimentConfig) -> Void = { $0.training.saveEvery = .steps(5) }
        let folder = try TemporaryFolder()
        let whole = try makeRun(in: folder)
        try TestExperiment.trainer(run: whole, change).train()

        let run = try makeRun(in: folder)
        try die(after: died, in: run, change)
        #expect(try savedStep(run.url(of: .last)) == saved)
        let checkpoint = try Checkpoint(contentsOf: run.url(of: .last))
        try TestExperiment.experiment(change).makeTrainer(run: run, checkpoint: checkpoint).train()
        #expect(try Data(contentsOf: run.url(of: .last)) == Data(contentsOf: whole.url(of: .last)))
        #expect(try Data(contentsOf: run.url(of: .best)) == Data(contentsOf: whole.url(of: .best)))
        #expect(try MetricsLog(in: run).rows.map(\.step) == [12, 24])
    }

    @Test func severalEpochsMayPass() throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(in: folder)
        let change: (inout ExperimentConfig) -> Void = {
            $0.training.saveEvery = .epochs(2)
            $0.epochs = 5
        }
        try die(after: 47, in: run, change)
        #expect(try savedStep(run.url(of: .last)) == 24)
        let checkpoint = try Checkpoint(contentsOf: run.url(of: .last))
        try TestExperiment.experiment(change).makeTrainer(run: run, checkpoint: checkpoint).train()
        // The last one is saved in any case.
        #expect(try savedStep(run.url(of: .last)) == 60)
    }

    @Test func timesAreKept() throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(in: folder)
        try die(after: 3, in: run) { $0.training.saveEvery = .time(.minutes(60)) }
        #expect(!run.has(.last))

        let soon = try YAMLReader.read("{save_every: 0.001 seconds, max_time: 0.001 seconds}", source: "a.yaml")
        let training = try ConfigDecoder().decode(TrainingConfig.self, from: soon)
        try die(after: 1, in: run) { $0.training.saveEvery = training.saveEvery }
        #expect(!run.has(.last))
        try die(after: 3, in: run) { $0.training.saveEvery = training.saveEvery }
        #expect(try savedStep(run.url(of: .last)) == 2)

        let summary = try TestExperiment.trainer(run: run) { $0.training.maxTime = training.maxTime }.train()
        #expect(summary.ending == .outOfTime)
        #expect(summary.ending.isPause)
        #expect(try savedStep(run.url(of: .last)) == summary.progress.step)
        #expect(summary.progress.step < 24)
    }

    @Test func theLatestAreKept() throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(in: folder)
        try TestExperiment.trainer(run: run) {
            $0.training.saveEvery = .steps(5)
            $0.training.keepLast = 3
        }.train()
        let names = ["step-24", "step-20", "step-15"].map { $0 + ".safetensors" }
        #expect(run.keptCheckpoints.map(\.lastPathComponent) == names)
        #expect(try run.keptCheckpoints.map(savedStep) == [24, 20, 15])
        #expect(try Data(contentsOf: run.keptCheckpoints[0]) == Data(contentsOf: run.url(of: .last)))

        let single = try makeRun(in: folder)
        try TestExperiment.trainer(run: single) { $0.training.saveEvery = .steps(5) }.train()
        #expect(single.keptCheckpoints == [])
    }

    @Test func damagedCheckpointsAreSkipped() throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(in: folder)
        try die(after: 22, in: run) {
            $0.training.saveEvery = .steps(5)
            $0.training.keepLast = 3
        }
        func damage(_ url: URL) throws {
            // Its second name is another file from here on.
            var data = try Data(contentsOf: url)
            data[data.count / 2] ^= 1
            try FileManager.default.removeItem(at: url)
            try data.write(to: url)
        }
        #expect(try run.newestGoodCheckpoint().checkpoint.information.progress.step == 20)
        #expect(try run.newestGoodCheckpoint().damaged.isEmpty)
        try damage(run.url(of: .last))
        #expect(try run.newestGoodCheckpoint().checkpoint.information.progress.step == 20)
        try damage(run.keptCheckpoints[0])
        #expect(try run.newestGoodCheckpoint().checkpoint.information.progress.step == 15)
        try damage(run.keptCheckpoints[1])
        // The best one is of the end of the first epoch.
        let (checkpoint, damaged) = try run.newestGoodCheckpoint()
        #expect(checkpoint.information.progress.step == 12)
        #expect(damaged.count == 3)
        #expect(damaged.allSatisfy { $0.what.contains("safetensors: its content is damaged") })
        for url in run.keptCheckpoints + [run.url(of: .best)] { try FileManager.default.removeItem(at: url) }
        #expect(throws: CheckpointError.self) { try run.newestGoodCheckpoint() }
        #expect(!run.canFallBack)
    }

    /// An interruption after a step that has made weights infinite leaves the good checkpoint as it was.
    @Test func brokenWeightsAreNotSaved() throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(in: folder)
        let trainer = try TestExperiment.trainer(run: run)
        try trainer.save(.last)
        let before = try Data(contentsOf: run.url(of: .last))
        let parameter = ModuleTree(trainer.network).parameters[0].parameter
        parameter.value = parameter.value * .infinity
        #expect(throws: TrainingError.self) { try trainer.save(.last) }
        #expect(try Data(contentsOf: run.url(of: .last)) == before)
    }
}
