import Foundation

/// Keeps the records of a run in its folder: `metrics.csv`, `metrics.jsonl`, charts of them, and
/// `summary.json`. A ``Trainer`` with a run folder has one by itself.
public final class RunRecorder: TrainingCallback {
    private let run: RunDirectory
    private var log: MetricsLog?

    public init(_ run: RunDirectory) { self.run = run }

    public func didStart(_ trainer: Trainer) throws {
        // Epochs after the checkpoint that training was resumed from come again.
        log = try MetricsLog(in: run, from: trainer.progress)
        try writeClassWeights(of: trainer)
    }

    /// Weights may have been calculated from the data; they belong to the recipe.
    private func writeClassWeights(of trainer: Trainer) throws(RunError) {
        let weights = trainer.classWeights
        if weights.isEmpty { return }
        let text = CSV.text(columns: ["class", "weight"], rows: weights.map { [$0.name, "\($0.weight)"] })
        let url = run.file("class_weights.csv")
        do {
            try Data((text + "\n").utf8).write(to: url, options: .atomic)
        } catch {
            throw RunError("cannot write '\(url.path)': \(error.localizedDescription)")
        }
    }

    public func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) throws {
        guard let log else { return }
        var row = LogRow(epoch: epoch.epoch, step: epoch.step)
        row["learning_rate"] = epoch.learningRate
        for score in epoch.scores { row[score.name] = score.value }
        row["seconds"] = epoch.trainingTime.total
        row["data_wait_seconds"] = epoch.trainingTime.waitingForData
        row["evaluation_seconds"] = epoch.evaluationSeconds
        row["samples_per_second"] = epoch.trainingTime.samplesPerSecond
        try log.append(row)
        try TrainingCurves(rows: log.rows, run: run.url.deletingLastPathComponent().lastPathComponent).write(to: run)
    }

    public func didEnd(_ summary: TrainingSummary, of trainer: Trainer) throws {
        let url = run.file("summary.json")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            try encoder.encode(summary).write(to: url, options: .atomic)
        } catch {
            throw RunError("cannot write '\(url.path)': \(error.localizedDescription)")
        }
    }
}
