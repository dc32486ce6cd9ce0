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
