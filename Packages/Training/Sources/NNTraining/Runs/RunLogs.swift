import Foundation
@_spi(Internal) import NNCore
@_spi(Internal) import NNInference
import NNLayers

/// The logs of a run, read without changing them: while it is trained too, where the last line may be incomplete.
@_spi(Internal) public struct RunLogs: Sendable {
    /// A line for each evaluation.
    public let rows: [LogRow]
    /// The logged steps.
    public let steps: [StepLog.Row]
    /// The result of the last process that ended without an error; nil before the first.
    public let summary: TrainingSummary?
    /// What the newest checkpoint says of the run; nil before the first.
    public let checkpoint: CheckpointInformation?

    /// Reads the logs of a run.
    /// - Throws: ``RunError`` for a log that cannot be read, or is none.
    public init(_ run: RunDirectory) throws(RunError) {
        summary = try run.summary()
        let all = RunDirectory.CheckpointName.allCases.compactMap { Checkpoint.information(of: run.url(of: $0)) }
        checkpoint = all.max { $0.progress.step < $1.progress.step }
        // Files have no units; those of the last evaluation are of all.
        let progress = [summary?.progress, checkpoint?.progress].compactMap { $0 }
        rows = try MetricsLog.rows(of: run, measured: progress.flatMap(\.scores))
        steps = StepLog.rows(of: run)
    }

    /// The best value of the score that selects the best checkpoint; nil before the first evaluation.
    public var best: BestTracker? {
        [summary?.progress, checkpoint?.progress].compactMap { $0 }.max { $0.step < $1.step }?.best
    }

    /// The number of finished steps, as far as they are logged.
    public var stepCount: Int {
        [rows.last?.step, steps.last?.step, checkpoint?.progress.step].compactMap { $0 }.max() ?? 0
    }
}

extension RunDirectory {
    /// The result of training, in `summary.json`; nil where there is none.
    /// - Throws: ``RunError`` for a file that cannot be read.
    @_spi(Internal) public func summary() throws(RunError) -> TrainingSummary? {
        guard FileManager.default.fileExists(atPath: summaryFile.path) else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return try decoder.decode(TrainingSummary.self, from: Data(contentsOf: summaryFile))
        } catch {
            throw RunError(
                "'\(summaryFile.path)' cannot be read: \(SystemError.text(of: error)); remove it, or write it again with "
                    + "nn train --resume \(url.path)")
        }
    }

    /// Whether a process trains in the folder now, as `nn train` does.
    @_spi(Internal) public var isLocked: Bool {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}
