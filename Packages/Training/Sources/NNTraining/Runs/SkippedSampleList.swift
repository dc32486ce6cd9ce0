import Foundation
import NNDatasets
@_spi(Internal) import NNInference

/// Writes the samples that could not be used to `skipped.csv` in the run folder: each once, with its split, its index, the
/// path of its image, the reason, and the epoch in which that was found. Without any there is no file.
final class SkippedSampleList: TrainingCallback {
    private let file: URL
    /// The lines below the header. Those of before a run was resumed stay.
    private var lines: [String] = []
    private var known: Set<String> = []
    /// The number of samples of each split that are in lines already.
    private var counts: [Split: Int] = [:]

    private static let header = "split,index,path,reason,epoch"

    /// A list in the folder of a run.
    init(_ run: RunDirectory) { file = run.file("skipped.csv") }

    func didStart(_ trainer: Trainer) {
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        lines = text.split(separator: "\n").map(String.init).filter { $0 != Self.header }
        known = Set(lines.map { Self.key($0) })
    }

    func didFinishStep(_ step: StepRecord, of trainer: Trainer) throws {
        // At once for the first, which may be looked for while training runs, and later once an epoch.
        if lines.isEmpty { try update(trainer) }
    }

    func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) throws { try update(trainer) }

    func didEnd(_ summary: TrainingSummary, of trainer: Trainer) throws { try update(trainer) }

    private func update(_ trainer: Trainer) throws(RunError) {
        let count = lines.count
        add(trainer.training, .train) { $0.epoch + 1 }
        // The epochs of a loader for evaluation are always the first.
        if let validation = trainer.validation { add(validation, .validation) { _ in max(trainer.progress.epoch, 1) } }
        guard lines.count > count else { return }
        try RunError.write(([Self.header] + lines).joined(separator: "\n") + "\n", to: file)
    }

    private func add(_ loader: DataLoader, _ split: Split, epoch: (SkippedSample) -> Int) {
        let skipped = loader.skipped
        for sample in skipped.dropFirst(counts[split] ?? 0) {
            // One line each, so that the file is read line by line.
            let reason = sample.reason.split(whereSeparator: \.isNewline).joined(separator: " ")
            let path = (sample.files.first ?? "").split(whereSeparator: \.isNewline).joined(separator: " ")
            let line = CSV.line([split.rawValue, "\(sample.index)", path, reason, "\(epoch(sample))"])
            if known.insert(Self.key(line)).inserted { lines.append(line) }
        }
        counts[split] = skipped.count
    }

    /// The split and the index of a line.
    private static func key(_ line: String) -> String { line.split(separator: ",").prefix(2).joined(separator: ",") }
}
