import Foundation
import NNLayers
import Training

/// Training in a run folder, a new one or that of an earlier run.
struct TrainingSession {
    let run: RunDirectory
    let trainer: Trainer
    private let isNew: Bool
    private let console: Console

    /// - Parameters:
    ///   - run: The folder of the run.
    ///   - isNew: Whether to begin in it, and not to go on from its last checkpoint.
    /// - Throws: `RunError`, `CheckpointError`, and what building the trainer throws; a new folder is removed then.
    init(_ experiment: Experiment, in run: RunDirectory, isNew: Bool, console: Console) throws {
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
            trainer = try experiment.makeTrainer(run: run, pretrained: isNew)
            if let checkpoint { try trainer.restore(checkpoint) }
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
            return TrainingReport(run: run.url.relativePath, summary: try trainer.train(until: interruption))
        } catch {
            console.clearStatus()
            // Without a checkpoint there is nothing in it to go on from.
            if isNew, !FileManager.default.fileExists(atPath: run.url(of: .last).path) { Self.remove(run) }
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
