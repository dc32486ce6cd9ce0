import Logging
import NNInference
import NNLayers

/// Tells a logger of swift-log what happens in training: its start, each epoch, each checkpoint, and its end.
///
/// The program chooses the logger, and with it where the log goes:
///
/// ```swift
/// trainer.callbacks.append(TrainingLogger(Logger(label: "training")))
/// ```
///
/// `nn train` takes one with ``RunLogHandler``. Errors are thrown by ``Trainer/train(until:)``, for the program to log.
public final class TrainingLogger: TrainingCallback {
    private let logger: Logger

    /// Messages of the level `info` go to `logger`.
    public init(_ logger: Logger) { self.logger = logger }

    public func didStart(_ trainer: Trainer) {
        let (progress, count) = (trainer.progress, trainer.network.parameterCount)
        let place = progress.step > 0 ? "continues after epoch \(progress.epoch), step \(progress.step)" : "begins"
        logger.info(
            """
            training \(place), to step \(trainer.stepCount) by \(trainer.stepsPerEpoch) in an epoch, \
            \(count.trainable) parameters trainable, \(count.frozen) frozen
            """)
        logger.info("\(RunMachine().text)")
    }

    public func didUnfreeze(_ patterns: [String], of trainer: Trainer) {
        logger.info("epoch \(trainer.progress.epoch + 1) unfreezes \(patterns.joined(separator: ", "))")
    }

    public func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) {
        let scores = epoch.scores.map { "\($0.name) \($0.textWithUnit)" }.joined(separator: ", ")
        let seconds = Text.seconds(epoch.trainingTime.total + epoch.evaluationSeconds)
        logger.info("epoch \(epoch.epoch), step \(epoch.step): \(scores), \(seconds)\(epoch.isBest ? ", best" : "")")
    }

    public func didSave(_ checkpoint: RunDirectory.CheckpointName, of trainer: Trainer) {
        logger.info("saved \(checkpoint.rawValue) after epoch \(trainer.progress.epoch), step \(trainer.progress.step)")
    }

    public func didWarn(_ message: String, of trainer: Trainer) { logger.warning("\(message)") }

    public func didEnd(_ summary: TrainingSummary, of trainer: Trainer) {
        let progress = summary.progress
        let best = progress.best.flatMap { best in
            best.best.map { ", best \(best.metric) \($0)" + (best.bestEpoch.map { " in epoch \($0)" } ?? "") }
        }
        logger.info(
            """
            training ended (\(summary.ending.rawValue)) after epoch \(progress.epoch), step \(progress.step), \
            in \(Text.seconds(summary.seconds))\(best ?? "")
            """)
    }

    private enum Text {
        /// A duration to a tenth of a second.
        static func seconds(_ seconds: Double) -> String { "\((seconds * 10).rounded() / 10) s" }
    }
}
