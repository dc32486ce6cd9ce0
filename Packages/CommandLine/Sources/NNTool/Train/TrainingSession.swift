import Foundation
import NNLayers
import NNTraining

/// Training in a run folder, a new one or that of an earlier run.
struct TrainingSession {
    let run: RunDirectory
    let trainer: Trainer
    private let isNew: Bool
    private let console: Console
    private let lock: FolderLock

    /// - Parameters:
    ///   - run: The folder of the run.
    ///   - isNew: Whether to begin in it, and not to go on from its last checkpoint.
    /// - Throws: `CommandFailure` where another process trains in the folder, `RunError`, `CheckpointError`, and what
    ///   building the trainer throws; a new folder is removed then.
    init(_ experiment: Experiment, in run: RunDirectory, isNew: Bool, console: Console) throws {
        guard let lock = FolderLock(run.url) else {
            throw CommandFailure(
                message: "\(run.url.relativePath): another process trains in this folder; wait for it, or stop it first"
            )
        }
        self.lock = lock
        // Read before anything is written to the folder.
        let checkpoint = isNew ? nil : try Checkpoint(contentsOf: run.url(of: .last))
        if !isNew {
            let changes = try experiment.config.node.differences(from: run.config().node)
            for change in changes { console.report("notice: changed since the run began: \(change)") }
        }
        self.run = run
        self.isNew = isNew
        self.console = console
        do {
            trainer = try experiment.makeTrainer(run: run, checkpoint: checkpoint)
        } catch {
            if isNew { Self.remove(run) }
            throw error
        }
    }

    /// Trains to the end, or until the process is asked to stop.
    func train() throws -> TrainingReport {
        let interruption = Interruption()
        let watch = InterruptWatch { [console] in
            interruption.request()
            console.report("stopping after this step; press Ctrl-C again to quit at once")
        }
        defer { watch.cancel() }
        do {
            // A reader of the output that goes away, or a full disk under a log, must not cost what was learned.
            let summary = try console.outlivingItsReader(then: { interruption.request() }) {
                try trainer.train(until: interruption)
            }
            return TrainingReport(run: run.url.relativePath, summary: summary)
        } catch {
            console.clearStatus()
            // Without a checkpoint there is nothing in it to go on from.
            if isNew, !RunDirectory.CheckpointName.allCases.contains(where: run.has) { Self.remove(run) }
            throw error
        }
    }

    /// Removes a run folder, and the folder around it if it held nothing else.
    private static func remove(_ run: RunDirectory) {
        try? FileManager.default.removeItem(at: run.url)
        rmdir(run.url.deletingLastPathComponent().path)
        rmdir(run.url.deletingLastPathComponent().deletingLastPathComponent().path)
    }
}

/// How training ended, for people and programs.
struct TrainingReport: Encodable {
    /// The run folder.
    let run: String
    let summary: TrainingSummary

    /// Some lines for people.
    var text: String {
        var lines = ["", outcome, "run folder \(run)"]
        if summary.ending == .interrupted { lines.append("to go on: nn train --resume \(run)") }
        return lines.joined(separator: "\n")
    }

    /// Why training ended, and what was best.
    var outcome: String {
        let progress = summary.progress
        let ending =
            switch summary.ending {
            case .completed: "completed \(progress.epoch) epochs"
            case .stoppedEarly: "stopped early after \(progress.epoch) epochs, for want of improvement"
            case .stoppedByCallback: "stopped by a callback in epoch \(progress.epoch + 1)"
            case .interrupted:
                "interrupted in epoch \(progress.epoch + 1), after step \(progress.step), and saved"
            }
        var lines = ["\(ending), in \(TimeText.clock(seconds: summary.seconds))"]
        if let best = progress.best, let value = best.best, let epoch = best.bestEpoch {
            lines.append("best \(best.metric) \(value.fixed(4)) in epoch \(epoch)")
        }
        return lines.joined(separator: "\n")
    }
}

/// The right of one process to work in a folder, until it ends or this is no longer held.
///
/// The system gives it up with the process, however that ends, and there is no file that could be left behind.
final class FolderLock {
    private let descriptor: Int32

    /// Nil where another process has it.
    init?(_ folder: URL) {
        let descriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
        // File systems without locks are no reason not to train.
        if descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
