import Foundation
import NNLayers
@_spi(Internal) import NNTraining

/// The processes that `mpirun` started together to train one network.
struct Job {
    let group: any ProcessGroup
    private let plugin: any ProcessGroupPlugin

    /// Connects to the other processes; nil where this one was started alone.
    /// - Throws: `CommandFailure` where no plugin can connect them, since each would train a network of its own.
    init?(_ tool: Tool) throws {
        guard let plugin = tool.plugins.lazy.compactMap({ $0 as? any ProcessGroupPlugin }).first else {
            try Self.refuse(ProcessInfo.processInfo.environment, reason: "nn was built without MPI")
            return nil
        }
        guard let group = try plugin.makeProcessGroup() else {
            try Self.refuse(
                ProcessInfo.processInfo.environment, reason: "they were not started by mpirun of Open MPI")
            return nil
        }
        self.group = group
        self.plugin = plugin
    }

    /// What launchers tell their processes: how many there are, and which is which.
    private static let launchers = [("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"), ("PMI_SIZE", "PMI_RANK")]

    /// Refuses to be one of several processes that cannot be connected.
    static func refuse(_ environment: [String: String], reason: String) throws(CommandFailure) {
        for (size, rank) in launchers {
            guard let count = environment[size].flatMap({ Int($0) }), count > 1 else { continue }
            let message =
                "this is one of \(count) processes of a job, and \(reason), so that each of them would train a network of its "
                + "own; build nn with --traits default,MPI and start it by mpirun of Open MPI, or start one process"
            throw CommandFailure(message: environment[rank] ?? "0" == "0" ? message : nil)
        }
    }

    /// The console of this process: that of rank 0 alone says anything.
    func console(_ console: Console) -> Console { group.isFirst ? console : Console(isQuiet: true) }

    /// Runs what all ranks do. If one of them fails, all end, and rank 0 says why.
    func run(_ console: Console, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as CommandFailure where error.exitCode == InterruptWatch.exitCode {
            plugin.close(group)
            throw error
        } catch {
            let report = ErrorReport(error)
            if !(error is ProcessGroupError) { group.fail(report.reason) }
            if group.isFirst { _ = report.write(to: console) }
            plugin.abandon(group, exitCode: report.exitCode)
        }
        plugin.close(group)
    }
}

/// Training of a rank other than 0, which has no run folder of its own and says nothing.
struct FollowingRank {
    let trainer: Trainer

    /// - Parameters:
    ///   - earlier: The run to resume; nil for a new one.
    ///   - fallsBack: Whether to continue from an older checkpoint where the last one is damaged.
    init(_ experiment: Experiment, earlier: RunDirectory?, fallsBack: Bool) throws {
        let config = experiment.config
        let trained: TrainedRun? =
            if let earlier, earlier.hasCheckpoint {
                try fallsBack || earlier.hasBestOnly
                    ? TrainedRun(newestOf: earlier, config: config) { _ in }
                    : TrainedRun(earlier, .last, config: config)
            } else { nil }
        trainer = try experiment.makeTrainer(checkpoint: trained?.checkpoint)
    }

    func train() throws -> TrainingSummary {
        let interruption = Interruption()
        let watch = InterruptWatch { interruption.request() }
        defer { watch.cancel() }
        return try trainer.train(until: interruption)
    }
}

/// Saves what can be saved after a signal where the step does not end in time: where another rank has died, mpirun ends the
/// rest, which then wait for it in vain, a second after its signal.
final class LastMoment {
    /// The seconds after a signal that a step has to end by itself, of `NN_SAVE_AFTER`.
    static var delay: Double {
        ProcessInfo.processInfo.environment["NN_SAVE_AFTER"].flatMap { Double($0) } ?? 0.3
    }

    private let trainer: Trainer
    private let run: RunDirectory
    private let console: Console
    private let isOver = Interruption()

    init(_ trainer: Trainer, run: RunDirectory, console: Console) {
        self.trainer = trainer
        self.run = run
        self.console = console
    }

    /// Tells it that training has ended by itself.
    func cancel() { isOver.request() }

    /// Waits on another thread, saves, and ends the process, unless training ends before.
    func begin() {
        nonisolated(unsafe) let trainer = trainer
        let (run, console, isOver) = (run, console, isOver)
        DispatchQueue(label: "last moment").asyncAfter(deadline: .now() + Self.delay) {
            if isOver.isRequested { return }
            do {
                let step = try trainer.saveLastCompleteStep()
                console.report(
                    step.map {
                        "stopped within a step; saved after step \($0); to resume: nn train --resume "
                            + run.url.relativePath
                    } ?? "stopped before the first step")
            } catch {
                console.report("error: \(error)")
            }
            _exit(InterruptWatch.exitCode)
        }
    }
}
