import Foundation
import NNInference
import NNLayers
import Testing

@_spi(Internal) @testable import NNTraining

/// The length of training in steps, and evaluation in the middle of epochs.
@Suite struct LengthTests {
    private func makeRun(in folder: TemporaryFolder) throws -> RunDirectory {
        try RunDirectory.create(in: folder.url, configuration: "shapes")
    }

    /// The progress after so many steps.
    private func progress(_ step: Int) -> TrainingProgress {
        var progress = TrainingProgress()
        for _ in 0..<step { progress.advance(stepsPerEpoch: TestExperiment.stepsPerEpoch) }
        return progress
    }

    @Test func iterationsEndWithinAnEpoch() throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(in: folder)
        let trainer = try TestExperiment.trainer(run: run) { $0.iterations = 30 }
        let recorder = RecordingCallback()
        trainer.callbacks.append(recorder)
        let summary = try trainer.train()
        #expect(summary.ending == .completed)
        #expect(trainer.epochCount == 3 && trainer.stepCount == 30)
        #expect(summary.progress.step == 30 && summary.progress.epoch == 2 && summary.progress.stepInEpoch == 6)
        #expect(recorder.steps.map(\.stepsInEpoch) == .init(repeating: 12, count: 24) + .init(repeating: 6, count: 6))
        #expect(recorder.epochs.map(\.step) == [12, 24, 30] && recorder.epochs.map(\.epoch) == [1, 2, 3])
        #expect(try Checkpoint(contentsOf: run.url(of: .last)).information.progress == summary.progress)
        // The cosine ends with the steps.
        #expect(recorder.steps[14].learningRate > 0.02 && recorder.steps[29].learningRate < 0.001)
    }

    /// As many steps as two epochs have give the same bits as the epochs.
    @Test func iterationsAreEpochsByAnotherName() throws {
        let epochs = try TestExperiment.trainer()
        try epochs.train()
        let steps = try TestExperiment.trainer {
            $0.epochs = 7
            $0.iterations = 24
        }
        try steps.train()
        #expect(steps.progress == epochs.progress)
        #expect(
            steps.network.stateDictionary["head.fc.weight"]?.floats
                == epochs.network.stateDictionary["head.fc.weight"]?.floats)
    }

    @Test func evaluatesWithinEpochs() throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(in: folder)
        let trainer = try TestExperiment.trainer(run: run) { $0.training.validateEvery = .steps(5) }
        let recorder = RecordingCallback()
        trainer.callbacks.append(recorder)
        try trainer.train()
        #expect(recorder.epochs.map(\.step) == [5, 10, 15, 20, 24])
        #expect(recorder.epochs.map(\.epoch) == [1, 1, 2, 2, 2])
        #expect(recorder.epochs.map(\.stepInEpoch) == [5, 10, 3, 8, 12])
        #expect(recorder.steps.filter(\.precedesEvaluation).map(\.step) == [5, 10, 15, 20, 24])
        // The scores of training are those since the last evaluation.
        let losses = recorder.steps.map(\.loss)
        let mean = losses[5..<10].reduce(0, +) / 5
        #expect(abs((recorder.epochs[1]["train_loss"] ?? 0) - mean) < 1e-6)
        #expect(try MetricsLog(in: run).rows.map(\.step) == [5, 10, 15, 20, 24])
    }

    @Test func severalEpochsMayPassWithoutEvaluation() throws {
        let trainer = try TestExperiment.trainer {
            $0.epochs = 5
            $0.training.validateEvery = .epochs(2)
        }
        let recorder = RecordingCallback()
        trainer.callbacks.append(recorder)
        try trainer.train()
        #expect(recorder.epochs.map(\.step) == [24, 48, 60])
        let time = try TestExperiment.trainer { $0.training.validateEvery = .time(.minutes(60)) }
        let rare = RecordingCallback()
        time.callbacks.append(rare)
        try time.train()
        #expect(rare.epochs.map(\.step) == [24])
    }

    /// Early stopping and schedules count evaluations.
    @Test func patienceCountsEvaluations() throws {
        let trainer = try TestExperiment.trainer {
            $0.epochs = 50
            $0.optimizer = ["type": "sgd", "lr": 1e-9]
            $0.schedule = "constant"
            $0.training.validateEvery = .steps(4)
            $0.training.bestMetric = "validation_loss"
            $0.training.earlyStopping = EarlyStoppingConfig()
            $0.training.earlyStopping?.patience = 3
            $0.training.earlyStopping?.minimumChange = 1
        }
        let summary = try trainer.train()
        #expect(summary.ending == .stoppedEarly && summary.progress.step == 16)
    }

    /// Wherever training stops, it ends with the same bytes; the numbers are steps before, at and after evaluations.
    @Test(arguments: [3, 5, 9, 12, 13, 15, 20])
    func resumesAnywhere(step: Int) throws {
        let change: (inout ExperimentConfig) -> Void = {
            $0.iterations = 22
            $0.training.validateEvery = .steps(5)
            $0.training.logEvery = 2
            $0.schedule = ["type": "plateau", "metric": "train_loss", "patience": 0]
        }
        let folder = try TemporaryFolder()
        let whole = try makeRun(in: folder)
        try TestExperiment.trainer(run: whole, change).train()

        let parts = try makeRun(in: folder)
        let first = try TestExperiment.trainer(run: parts, change)
        first.callbacks.append(RecordingCallback(lastStep: step))
        #expect(try first.train().ending == .stoppedByCallback)
        let checkpoint = try Checkpoint(contentsOf: parts.url(of: .last))
        #expect(checkpoint.information.progress.step == step)
        try TestExperiment.experiment(change).makeTrainer(run: parts, checkpoint: checkpoint).train()
        for name in [RunDirectory.CheckpointName.last, .best] {
            #expect(try Data(contentsOf: parts.url(of: name)) == Data(contentsOf: whole.url(of: name)))
        }
        #expect(try MetricsLog(in: parts).rows.map(\.step) == [5, 10, 15, 20, 22])
        func steps(_ run: RunDirectory) throws -> [StepLog.Row] {
            try StepLog(run.file("steps.csv"), from: progress(99)).rows
        }
        let (mine, other) = (try steps(parts), try steps(whole))
        #expect(mine == other && mine.map(\.step) == Array(stride(from: 2, through: 22, by: 2)))
    }

    /// A checkpoint of an earlier version ends an epoch with its steps in it, before the evaluation.
    @Test func earlierProgressIsRead() throws {
        let scores = "\"scores\":[]"
        func decoded(_ text: String) throws -> TrainingProgress {
            try JSONDecoder().decode(TrainingProgress.self, from: Data(text.utf8))
        }
        let finished = try decoded("{\"epoch\":2,\"stepInEpoch\":0,\"step\":24,\(scores)}")
        #expect(finished.evaluatedStep == 24 && finished.evaluatedEpoch == 2)
        var unfinished = try decoded("{\"epoch\":1,\"stepInEpoch\":12,\"step\":24,\(scores)}")
        #expect(unfinished.evaluatedStep == 12)
        unfinished.beginEpoch(stepsPerEpoch: 12)
        #expect(unfinished.epoch == 2 && unfinished.stepInEpoch == 0)
        #expect(try JSONDecoder().decode(TrainingProgress.self, from: JSONEncoder().encode(unfinished)) == unfinished)
    }

    @Test func tornRowsOfStepsAreLeftOut() throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(in: folder)
        try TestExperiment.trainer(run: run) { $0.training.logEvery = 1 }.train()
        let file = run.file("steps.csv")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.split(separator: "\n").count == 25)
        try String(text.dropLast(7)).write(to: file, atomically: true, encoding: .utf8)
        #expect(try StepLog(file, from: progress(99)).rows.map(\.step) == Array(1...23))
        #expect(try StepLog(file, from: progress(10)).rows.map(\.step) == Array(1...10))
        #expect(try String(contentsOf: file, encoding: .utf8).split(separator: "\n").count == 11)
    }
}
