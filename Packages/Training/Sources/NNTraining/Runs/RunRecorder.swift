@_spi(Internal) import NNInference
import Foundation

/// Writes the records of a run to its folder: `record.json`, `metrics.csv`, `metrics.jsonl`, `steps.csv`, charts of them, and
/// `summary.json`. A ``Trainer`` with a run folder has one already.
final class RunRecorder: TrainingCallback {
    private let run: RunDirectory
    private var log: MetricsLog?
    private var steps: StepLog?

    /// A recorder that writes to the folder of a run.
    init(_ run: RunDirectory) { self.run = run }

    func didStart(_ trainer: Trainer) throws {
        // Where nothing is left to train, nothing is trained by this process.
        if !trainer.isAtEnd { try run.add(RunRecord.Session(from: trainer.progress)) }
        // What follows the checkpoint that training is resumed from is repeated.
        log = try MetricsLog(in: run, from: trainer.progress)
        steps = try StepLog(run.file("steps.csv"), from: trainer.progress)
        try writeClassWeights(of: trainer)
    }

    /// Class weights may have been computed from the data, so the configuration does not tell them.
    private func writeClassWeights(of trainer: Trainer) throws(RunError) {
        let weights = trainer.classWeights
        if weights.isEmpty { return }
        let text = CSV.text(columns: ["class", "weight"], rows: weights.map { [$0.name, "\($0.weight)"] })
        try RunError.write(text + "\n", to: run.file("class_weights.csv"))
    }

    func didFinishStep(_ step: StepRecord, of trainer: Trainer) throws {
        if step.step.isMultiple(of: trainer.options.logInterval) { try steps?.append(step) }
    }

    func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) throws {
        guard let log, let steps else { return }
        var row = LogRow(epoch: epoch.epoch, step: epoch.step)
        row["learning_rate"] = epoch.learningRate
        for score in epoch.scores { row.set(score) }
        row["seconds"] = epoch.trainingTime.total
        row["data_wait_seconds"] = epoch.trainingTime.waitingForData
        row["evaluation_seconds"] = epoch.evaluationSeconds
        row["samples_per_second"] = epoch.trainingTime.samplesPerSecond
        try log.append(row)
        let judged = epoch.scores.first { $0.name == trainer.progress.best?.metric }
        try TrainingCurves(
            rows: log.rows, steps: steps.rows, judged: judged?.metric,
            run: run.url.deletingLastPathComponent().lastPathComponent
        ).write(to: run)
    }

    func didEnd(_ summary: TrainingSummary, of trainer: Trainer) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        try RunError.write(try encoder.encode(summary), to: run.summaryFile)
    }
}
