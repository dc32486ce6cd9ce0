import Foundation
@_spi(Internal) import NNCore
import NNLayers

extension RunDirectory {
    /// The checkpoints that `training.keep_last` has kept, the newest first.
    var keptCheckpoints: [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        let steps = names.compactMap { name in
            name.wholeMatch(of: /step-(\d{1,18})\.safetensors/).flatMap { Int($0.1) }
        }
        return steps.sorted(by: >).map(keptCheckpoint)
    }

    private func keptCheckpoint(of step: Int) -> URL { file("step-\(step).safetensors") }

    /// Keeps the last checkpoint beside those of earlier steps, and removes all but the newest `count`; does nothing for 1.
    /// - Throws: ``RunError`` if it cannot be kept, as on a full disk.
    func keepLast(_ count: Int, step: Int) throws(RunError) {
        guard count > 1 else { return }
        let kept = keptCheckpoint(of: step)
        unlink(kept.path)
        // A second name takes no space until the last checkpoint is replaced. Not all file systems have them.
        if link(url(of: .last).path, kept.path) != 0 {
            do {
                try FileManager.default.copyItem(at: url(of: .last), to: kept)
            } catch {
                throw RunError("'\(kept.path)' cannot be written: \(SystemError.text(of: error))")
            }
        }
        for old in keptCheckpoints.dropFirst(count) { unlink(old.path) }
    }

    /// Whether there is a checkpoint of any kind.
    @_spi(Internal) public var hasCheckpoint: Bool { has(.last) || canFallBack }

    /// Whether there is a checkpoint besides the last one.
    @_spi(Internal) public var canFallBack: Bool { has(.best) || !keptCheckpoints.isEmpty }

    /// The progress that a checkpoint notes, read without its tensors; nil where there is no such checkpoint.
    @_spi(Internal) public func progress(at checkpoint: CheckpointName) -> TrainingProgress? {
        Checkpoint.information(of: url(of: checkpoint))?.progress
    }

    /// Whether the last checkpoint is missing and not damaged, while the best one is of this training: the process ended after
    /// the first evaluation, before `last` was saved for the first time.
    @_spi(Internal) public var hasBestOnly: Bool {
        !has(.last) && progress(at: .best).map { $0.step > 0 } ?? false
    }

    /// Whether the folder has a configuration, as every run has from its start.
    @_spi(Internal) public var hasConfig: Bool { FileManager.default.fileExists(atPath: configFile.path) }

    /// The newest checkpoint that is complete, and what is wrong with the newer ones.
    /// - Throws: The error of the newest one where there is none.
    func newestGoodCheckpoint() throws(CheckpointError) -> (checkpoint: Checkpoint, damaged: [CheckpointError]) {
        let older = ([url(of: .best)] + keptCheckpoints)
            .map { (url: $0, step: Checkpoint.information(of: $0)?.progress.step ?? -1) }
            .sorted { $0.step > $1.step }
        var damaged: [CheckpointError] = []
        for url in [url(of: .last)] + older.map(\.url) where FileManager.default.fileExists(atPath: url.path) {
            do throws(CheckpointError) {
                return (try Checkpoint(contentsOf: url), damaged)
            } catch {
                damaged.append(error)
            }
        }
        throw damaged.first
            ?? CheckpointError(file: url, reason: "the run has no checkpoint", remedy: "train it from the beginning")
    }
}
