import Foundation
import NNDatasets
import NNInference
import NNLayers
import NNOptimizers
import Testing

@testable import NNTraining

/// Scores that are undefined are never the best, and steer nothing.
struct UndefinedScoreTests {
    /// Undefined in some epochs of evaluation, else the number of the evaluation.
    private struct Sometimes: Metric {
        /// Counted outside, since metrics are values.
        let undefined: Bool
        private(set) var count = 0

        init(undefined: Bool) { self.undefined = undefined }

        mutating func update(_ predictions: Predictions, labels: Tensor) { count += labels.shape[0] }
        mutating func reset() { count = 0 }
        var values: [MetricValue] {
            count == 0 ? [] : [MetricValue("sometimes", undefined ? .nan : 50, unit: .percent, mode: .max)]
        }
    }

    private func trainer(run: RunDirectory? = nil, undefined: Bool, schedule: (any Schedule)? = nil) throws -> Trainer {
        let experiment = try TestExperiment.experiment()
        let network = try experiment.makeNetwork()
        var options = TrainingOptions(experiment.config)
        options.epochs = 4
        options.bestMetric = "validation_sometimes"
        options.earlyStopping = EarlyStoppingConfig()
        options.earlyStopping?.patience = 1
        return Trainer(
            network, loss: try experiment.makeLoss(), optimizer: try experiment.makeOptimizer(for: network),
            schedule: schedule, training: try experiment.makeTrainingLoader(),
            validation: try experiment.makeLoader(.validation), metrics: [Sometimes(undefined: undefined)],
            options: options, description: try experiment.dataDescription(), run: run)
    }

    @Test func anUndefinedScoreIsNeverTheBestAndStopsNothing() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        let trainer = try trainer(run: run, undefined: true)
        #expect(try trainer.train().ending == .completed)
        #expect(trainer.progress.epoch == 4)
        #expect(trainer.progress.best?.metric == "validation_sometimes" && trainer.progress.best?.best == nil)
        #expect(run.has(.last) && !run.has(.best))
        let table = try String(contentsOf: run.file("metrics.csv"), encoding: .utf8).split(separator: "\n")
        #expect(table.count == 5 && !table.joined().lowercased().contains("nan"))
        let column = try #require(table[0].split(separator: ",").firstIndex(of: "validation_sometimes"))
        let cells = table[1].split(separator: ",", omittingEmptySubsequences: false)
        #expect(cells[column].isEmpty && cells.count == table[0].split(separator: ",").count)
        let json = try String(contentsOf: run.file("metrics.jsonl"), encoding: .utf8)
        #expect(json.contains("\"validation_sometimes\": null"))
        // A checkpoint with undefined scores is read.
        let saved = try Checkpoint(contentsOf: run.url(of: .last)).information.progress
        #expect(saved.scores == trainer.progress.scores)
    }

    /// What is defined and does not improve does stop.
    @Test func aDefinedScoreThatStaysStops() throws {
        let trainer = try trainer(undefined: false)
        #expect(try trainer.train().ending == .stoppedEarly)
        #expect(trainer.progress.epoch == 2 && trainer.progress.best?.best == 50)
    }

    @Test func aScheduleIsNotToldOfIt() throws {
        let schedule = PlateauSchedule(
            learningRate: 0.1, metric: "validation_sometimes", mode: .max, patience: 1)
        let steady = try trainer(undefined: true, schedule: schedule)
        try steady.train()
        #expect(steady.learningRate == 0.1)
    }
}
