import Foundation
import NNDatasets
import NNLayers
import Testing

@_spi(Internal) @testable import NNTraining

/// What one rank cannot do ends all of them, with what can be saved.
@Suite struct FailureTests {
    private struct Broken: Error, CustomStringConvertible {
        let description = "the disk is full"
    }

    private final class BreakingCallback: TrainingCallback {
        let step: Int
        init(step: Int) { self.step = step }
        func didFinishStep(_ step: StepRecord, of trainer: Trainer) throws {
            if step.step == self.step { throw Broken() }
        }
    }

    private func makeRun(in folder: TemporaryFolder) throws -> RunDirectory {
        try RunDirectory.create(in: folder.url, configuration: "shapes")
    }

    /// Trains as `nn` does: a rank that fails tells the others.
    private func train(
        _ config: ExperimentConfig, ranks: Int, run: RunDirectory,
        _ change: @escaping @Sendable (Trainer, ThreadGroup) -> Void
    ) -> [Result<Int, any Error>] {
        runRanks(ranks) { group in
            do {
                let experiment = try Experiment(config, registry: TestExperiment.registry(), group: group)
                let trainer = try experiment.makeTrainer(run: run)
                change(trainer, group)
                do {
                    return try trainer.train().progress.step
                } catch {
                    try trainer.saveLastCompleteStep()
                    throw error
                }
            } catch {
                if !(error is ProcessGroupError) { group.fail("\(error)") }
                throw error
            }
        }
    }

    @Test(arguments: [0, 1]) func anErrorOfARankEndsAllAndIsSaved(failing: Int) throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(in: folder)
        let config = EqualityTests.config(batchSize: 4) { $0.model.backbone = ["type": "resnet_cifar", "depth": 8] }
        let results = train(config, ranks: 3, run: run) { trainer, group in
            if group.rank == failing { trainer.callbacks.append(BreakingCallback(step: 3)) }
        }
        for (rank, result) in results.enumerated() {
            #expect(
                "\(result)".contains(rank == failing ? "full" : "rank \(failing) on this machine: the disk is full"))
        }
        let checkpoint = try Checkpoint(contentsOf: run.url(of: .last))
        #expect(checkpoint.information.progress.step == 3)
        // It goes on to the weights of a run without the failure, but for running statistics, of which each rank had its own.
        let resumed = try EqualityTests.train(config, ranks: 3, checkpoint: checkpoint)[0]
        let whole = try EqualityTests.train(config, ranks: 3)[0]
        let names = resumed.weights.entries.map(\.name).filter { !$0.contains("running") }
        for name in names {
            #expect(resumed.weights[name]?.cast(to: .float32).floats == whole.weights[name]?.cast(to: .float32).floats)
        }
    }

    /// A rank that stops answering, as after SIGSTOP.
    @Test func aRankThatNeverComesEndsTheOthers() throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(in: folder)
        var config = EqualityTests.config(batchSize: 4)
        // Of no length, so that ten times the longest step count.
        config.training.distributed.timeout = try JSONDecoder().decode(
            TrainingTime.self, from: Data(#""0.001 seconds""#.utf8))
        final class Sleeping: TrainingCallback {
            func didFinishStep(_ step: StepRecord, of trainer: Trainer) {
                if step.step == 2 { Thread.sleep(forTimeInterval: 10 * step.time.total + 3) }
            }
        }
        let results = train(config, ranks: 2, run: run) { trainer, group in
            if group.rank == 1 { trainer.callbacks.append(Sleeping()) }
        }
        #expect("\(results[0])".contains("rank 1 did not answer in time"))
        #expect(try Checkpoint(contentsOf: run.url(of: .last)).information.progress.step == 2)
    }

    @Test func aStopOfAnyRankIsOfAllAndIsResumed() throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(in: folder)
        let config = EqualityTests.config(batchSize: 4)
        let interruptions = (0..<3).map { _ in Interruption() }
        let results = train(config, ranks: 3, run: run) { trainer, group in
            final class Interrupting: TrainingCallback {
                let interruption: Interruption
                init(_ interruption: Interruption) { self.interruption = interruption }
                func didFinishStep(_ step: StepRecord, of trainer: Trainer) {
                    if step.step == 2 { interruption.request() }
                }
                var shouldStop: Bool { interruption.isRequested }
            }
            if group.rank == 2 { trainer.callbacks.append(Interrupting(interruptions[2])) }
        }
        #expect(try results.map { try $0.get() } == [3, 3, 3])
        let checkpoint = try Checkpoint(contentsOf: run.url(of: .last))
        #expect(checkpoint.information.progress.stepInEpoch == 3)
        let resumed = try EqualityTests.train(config, ranks: 3, checkpoint: checkpoint)[0]
        let whole = try EqualityTests.train(config, ranks: 3)[0]
        #expect(resumed.difference(from: whole).value == 0)
        #expect(resumed.summary.progress.scores == whole.summary.progress.scores)
    }

    @Test func otherRanksGoOnAtTheSameSample() throws {
        let folder = try TemporaryFolder()
        func resume(batchSize: Int, ranks: Int, after step: Int) throws -> (RankResult, CheckpointInformation) {
            let run = try makeRun(in: folder)
            _ = train(EqualityTests.config(batchSize: 6), ranks: 2, run: run) { trainer, group in
                if group.isFirst { trainer.callbacks.append(RecordingCallback(lastStep: step - 1)) }
            }
            let checkpoint = try Checkpoint(contentsOf: run.url(of: .last))
            #expect(checkpoint.information.progress.step == step)
            let config = EqualityTests.config(batchSize: batchSize)
            let result = try EqualityTests.train(config, ranks: ranks, checkpoint: checkpoint)[0]
            return (result, checkpoint.information)
        }
        let whole = try EqualityTests.train(EqualityTests.config(batchSize: 12), ranks: 1)[0]
        // The same batches of all ranks, so that the rest of the run is the same.
        for (batchSize, ranks) in [(12, 1), (4, 3)] {
            let result = try resume(batchSize: batchSize, ranks: ranks, after: 3).0
            #expect(result.difference(from: whole).value < 2e-4)
            #expect(result.summary.progress.step == whole.summary.progress.step)
        }
        // Other batches: 3 steps of 12 images are 4 of 9, of which nothing is repeated, but no whole number of 8.
        let (three, information) = try resume(batchSize: 3, ranks: 3, after: 3)
        #expect(three.summary.progress.step == 2 * (50 / 9))
        let four = try runRanks(2) { group in
            let experiment = try Experiment(
                EqualityTests.config(batchSize: 4), registry: TestExperiment.registry(),
                group: group)
            let trainer = try experiment.makeTrainer()
            var other = information
            other.ranks = 3
            return (trainer.convertedProgress(other).stepInEpoch, trainer.changeOfRanks(since: other) ?? "")
        }[0].get()
        #expect(four.0 == 36 / 8)
        #expect(four.1.contains("12 images a step, and goes on with 2 processes, 8 images a step, at step 5 of 6"))
        #expect(four.1.contains("4 images of it are seen again"))
    }

    @Test func differencesAreOneMessage() {
        let results = runRanks(3) { group -> Int in
            var config = EqualityTests.config(batchSize: 4)
            if group.rank == 2 { config.optimizer = ["type": "sgd", "lr": 0.1, "momentum": 0.9] }
            let experiment = try Experiment(config, registry: TestExperiment.registry(), group: group)
            var agreement = RankAgreement()
            experiment.describe(to: &agreement, version: "1")
            try agreement.check(group)
            return 0
        }
        for result in results {
            let text = "\(result)"
            #expect(text.contains("rank 2 on this machine has another configuration than rank 0"), "\(text)")
            #expect(text.contains("0.1") && text.contains("0.05"), "\(text)")
        }
    }
}
