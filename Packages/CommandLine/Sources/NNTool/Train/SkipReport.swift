import NNDatasets
@_spi(Text) import NNLayers
import NNTraining

/// Tells which samples training cannot use: the first at once, and how many there are after each epoch that found more and
/// at the end.
final class SkipReport: TrainingCallback {
    private let console: Console
    /// The number of samples of each split that were seen here.
    private var seen: [Split: Int] = [:]
    private var namedCount = 0
    /// The number that was told last.
    private var toldCount = 0

    init(console: Console) { self.console = console }

    func didFinishStep(_ step: StepRecord, of trainer: Trainer) { name(trainer.training, .train) }

    func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) {
        look(trainer)
        if total > toldCount { tell(trainer) }
    }

    func didEnd(_ summary: TrainingSummary, of trainer: Trainer) {
        look(trainer)
        if total > 0 { tell(trainer) }
    }

    private var total: Int { seen.values.reduce(0, +) }

    private func look(_ trainer: Trainer) {
        name(trainer.training, .train)
        if let validation = trainer.validation { name(validation, .validation) }
    }

    /// Names the samples that are new, as long as they are few.
    private func name(_ loader: DataLoader, _ split: Split) {
        let skipped = loader.skipped
        for sample in skipped.dropFirst(seen[split] ?? 0) where namedCount < Console.namedSkips {
            namedCount += 1
            console.report(skipped: sample, of: split)
        }
        seen[split] = skipped.count
    }

    private func tell(_ trainer: Trainer) {
        toldCount = total
        let parts = Split.allCases.compactMap { split in
            seen[split].flatMap { $0 > 0 ? "\($0.grouped) of \(split.rawValue)" : nil }
        }
        let list = trainer.run.map { "; \($0.file("skipped.csv").relativePath) lists them" } ?? ""
        console.report(
            "notice: skipped \(total.grouped) sample\(total == 1 ? "" : "s"): \(parts.joined(separator: ", "))\(list)")
    }
}

extension Console {
    /// How many samples that cannot be used are named; the others are counted.
    static let namedSkips = 5

    /// Names a sample that cannot be used, with the reason.
    func report(skipped sample: SkippedSample, of split: Split) {
        report("warning: skipped sample \(sample.index) of \(split.rawValue): \(sample.reason)")
    }

    /// Reports the samples that a loader has skipped, if any: the first by name.
    func report(samplesSkippedBy loader: DataLoader, of split: Split) {
        let skipped = loader.skipped
        if skipped.isEmpty { return }
        for sample in skipped.prefix(Self.namedSkips) { report(skipped: sample, of: split) }
        report(
            "notice: skipped \(skipped.count.grouped) broken sample\(skipped.count == 1 ? "" : "s") of \(split.rawValue)"
        )
    }
}
