import Foundation
import Logging
import NNInference
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

/// Training in a new run folder or that of an earlier run.
struct TrainingSession {
    let run: RunDirectory
    let trainer: Trainer
    private let isNew: Bool
    /// The command that resumes.
    private let resumption: String
    /// Whether other processes train with this one.
    private let isShared: Bool
    private let console: Console
    private let log: Logger
    private let lock: FolderLock

    /// - Parameters:
    ///   - run: The folder of the run.
    ///   - isNew: Whether the folder is new, and not that of an earlier run.
    ///   - study: The folder of several seeds, of which the run is one; nil, the default, for a single run.
    ///   - fallsBack: Whether to continue from an older checkpoint where the last one is damaged.
    /// - Throws: `CommandFailure` if another process trains in the folder, `RunError`, `CheckpointError`, and errors of
    ///   building the trainer; a new folder is removed then.
    init(
        _ experiment: Experiment, in run: RunDirectory, isNew: Bool, of study: URL? = nil, fallsBack: Bool = false,
        console: Console
    ) throws {
        guard let lock = FolderLock(run.url) else {
            throw CommandFailure(
                message: "\(run.url.relativePath): another process is training in this folder; wait for it, or stop it "
                    + "first")
        }
        self.lock = lock
        log = Logger(label: "nn.train") { _ in RunLogHandler(run) }
        let arguments = ProcessInfo.processInfo.arguments.dropFirst().joined(separator: " ")
        log.info("nn \(NN.version), process \(getpid()): \(arguments)")
        console.keep(in: log)
        // Read before anything is written to the folder.
        AtomicFile.removeUnfinished(in: run.url)
        let trained = try Self.trained(run, config: experiment.config, fallsBack: fallsBack, console)
        if let trained {
            try Self.report(machineChangedSince: run, console)
            for change in try run.changes(in: experiment.config, registry: experiment.registry) {
                console.report("notice: changed since the run was started: \(change)")
            }
            try trained.check(experiment, for: .training, console)
        }
        let checkpoint = trained?.checkpoint
        self.run = run
        self.isNew = isNew
        resumption = "nn train --resume \((study ?? run.url).relativePath)"
        isShared = (experiment.group?.count ?? 1) > 1
        self.console = console
        do {
            trainer = try experiment.makeTrainer(run: run, checkpoint: checkpoint)
            trainer.callbacks.append(SkipReport(console: console))
            if let change = checkpoint.flatMap({ trainer.changeOfRanks(since: $0.information) }) {
                console.report("notice: \(change)")
            }
            // In the place of one that is damaged, also where no step is left that would save another.
            if fallsBack || run.hasBestOnly { try checkpoint?.write(to: run.url(of: .last)) }
            try console.report(transformsOmittedBy: experiment)
            // Changes of it are told on their own.
            if trained == nil { log.info("configuration \(experiment.config.node.flowText)") }
            trainer.callbacks.append(TrainingLogger(log))
        } catch {
            if isNew { run.remove() }
            throw error
        }
    }

    /// Reports what training continues by that may change the last bits.
    private static func report(machineChangedSince run: RunDirectory, _ console: Console) throws {
        guard let before = try run.record()?.sessions.last?.machine else { return }
        for difference in RunMachine().differences(from: before) { console.report("notice: \(difference)") }
    }

    /// The run with the checkpoint to continue from; nil to begin.
    private static func trained(
        _ run: RunDirectory, config: ExperimentConfig, fallsBack: Bool, _ console: Console
    ) throws -> TrainedRun? {
        guard run.hasCheckpoint else { return nil }
        if fallsBack || run.hasBestOnly {
            let trained = try TrainedRun(newestOf: run, config: config) { console.report("notice: \($0.what)") }
            let file = trained.checkpoint.file?.lastPathComponent ?? ""
            console.report("notice: continuing from \(file), step \(trained.checkpoint.information.progress.step)")
            return trained
        }
        do {
            return try TrainedRun(run, .last, config: config)
        } catch let error as CheckpointError where run.canFallBack {
            throw CommandFailure(
                message: "\(error.what); use another checkpoint of the run, the newest that is complete: "
                    + "nn train --resume \(run.url.relativePath) --fallback")
        }
    }

    /// Trains to the end, or until the process is interrupted.
    func train() throws -> TrainingReport {
        let interruption = Interruption()
        // The trainer may be saved from another thread.
        nonisolated(unsafe) let lastMoment = isShared ? LastMoment(trainer, run: run, console: console) : nil
        let watch = InterruptWatch(
            onFirst: { [console, log] in
                interruption.request()
                lastMoment?.begin()
                let signal = InterruptWatch.signalName
                log.notice("\(signal): stopping after this step")
                console.report(
                    signal == "Ctrl-C"
                        ? "stopping after this step; press Ctrl-C again to quit at once"
                        : "\(signal): stopping after this step; a second one quits at once")
            },
            lastWords: { [console, log, resumption] in
                log.notice("a second signal: quit without saving")
                console.report("quit without saving; to resume: \(resumption)")
            })
        defer {
            watch.cancel()
            lastMoment?.cancel()
        }
        do {
            // A closed pipe, or a full disk under a log, must not cost the training so far.
            let summary = try console.outlivingItsReader(then: { interruption.request() }) {
                try trainer.train(until: interruption)
            }
            return TrainingReport(run: run.url.relativePath, summary: summary)
        } catch {
            console.clearStatus()
            if isShared, !(error is TrainingError || error is CheckpointError) {
                // That it cannot be saved is the smaller trouble.
                _ = try? trainer.saveLastCompleteStep()
            }
            // Without a checkpoint there is nothing to resume from.
            if isNew, !RunDirectory.CheckpointName.allCases.contains(where: run.has) {
                run.remove()
            } else if run.has(.last), !(error is TrainingError) {
                console.report("training so far is saved; to resume: \(resumption)")
            }
            throw error
        }
    }
}

extension RunDirectory {
    /// Removes the folder, and the folders around it if they are empty then.
    func remove() {
        try? FileManager.default.removeItem(at: url)
        rmdir(url.deletingLastPathComponent().path)
        rmdir(url.deletingLastPathComponent().deletingLastPathComponent().path)
    }
}

/// The result of `nn train`.
struct TrainingReport: Encodable {
    /// The run folder.
    let run: String
    let summary: TrainingSummary

    /// The result as lines of text.
    var text: String {
        var lines = ["", outcome, "run folder \(run)"]
        if summary.ending.isPause { lines.append("to resume: nn train --resume \(run)") }
        return lines.joined(separator: "\n")
    }

    /// The epochs, or the steps where an epoch was cut short.
    private var length: String {
        let progress = summary.progress
        return progress.stepInEpoch == 0 ? "\(progress.epoch) epochs" : "\(progress.step) steps"
    }

    /// Why training ended, and the best score.
    var outcome: String {
        let progress = summary.progress
        let ending =
            switch summary.ending {
            case .completed: "completed \(length)"
            case .stoppedEarly: "stopped early after \(length), for lack of improvement"
            case .stoppedByCallback: "stopped by a callback in epoch \(progress.epoch + 1)"
            case .outOfTime:
                "out of time in epoch \(progress.epoch + 1), after step \(progress.step), and saved"
            case .interrupted:
                "interrupted in epoch \(progress.epoch + 1), after step \(progress.step), and saved"
            }
        var lines = ["\(ending), in \(TimeText.clock(seconds: summary.seconds))"]
        if let best = progress.best, let value = best.best, let epoch = best.bestEpoch {
            var score = progress.scores.first { $0.name == best.metric }
            score?.value = value
            lines.append("best \(best.metric) \(score?.textWithUnit ?? value.fixed(4)) in epoch \(epoch)")
        } else if let metric = progress.best?.metric {
            // Undefined after each of them, so that nothing was the best.
            lines.append(
                "\(metric) was undefined in every epoch, so there is no best checkpoint but only the last one; name "
                    + "another 'training.best_metric', such as validation_loss")
        }
        return lines.joined(separator: "\n")
    }
}

/// An exclusive lock of a folder, held by one process.
///
/// The system releases it with the process, however that ends, and there is no lock file to be left behind.
final class FolderLock {
    private let descriptor: Int32

    /// Nil if another process holds the lock.
    init?(_ folder: URL) {
        let descriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
        // A file system without locks does not prevent training.
        if descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
