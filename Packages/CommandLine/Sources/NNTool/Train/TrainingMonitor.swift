import Foundation
@_spi(Text) import NNLayers
import NNTraining

/// Shows the progress of training: a bar on a terminal, and two lines for each epoch.
final class TrainingMonitor: TrainingCallback {
    private let console: Console
    private let say: (String) -> Void
    private let clock = ContinuousClock()
    private var start: ContinuousClock.Instant
    private var lastUpdate: ContinuousClock.Instant
    private var firstStep = 0

    /// Often enough to look alive, too rarely to cost anything.
    private static let redrawInterval = Duration.milliseconds(100)
    /// Between plain lines within an epoch.
    private static let lineInterval = Duration.seconds(30)

    /// - Parameter say: Writes a line of text.
    init(console: Console, say: @escaping (String) -> Void) {
        self.console = console
        self.say = say
        start = clock.now
        lastUpdate = clock.now
    }

    func didStart(_ trainer: Trainer) {
        start = clock.now
        lastUpdate = start
        firstStep = trainer.progress.step
        if firstStep > 0, !trainer.options.freezing.patterns.isEmpty {
            say("epoch \(trainer.progress.epoch + 1): \(Self.counts(of: trainer))")
        }
    }

    func didUnfreeze(_ patterns: [String], of trainer: Trainer) {
        say(
            "epoch \(trainer.progress.epoch + 1) unfreezes \(patterns.joined(separator: ", ")): "
                + Self.counts(of: trainer))
    }

    /// `TrainingLogger` logs it.
    func didWarn(_ message: String, of trainer: Trainer) { console.tell("warning: \(message)") }

    func didFinishStep(_ step: StepRecord, of trainer: Trainer) {
        let interval = console.isInteractive ? Self.redrawInterval : Self.lineInterval
        guard step.precedesEvaluation && console.isInteractive || clock.now - lastUpdate >= interval else { return }
        lastUpdate = clock.now
        let figures = EpochText.figures(
            step, of: trainer.progress, remainingSeconds: remainingSeconds(after: step.step, trainer))
        let title = "epoch \(step.epoch)/\(trainer.epochCount)"
        if console.isInteractive {
            console.show(
                ProgressLine(
                    title: step.precedesEvaluation ? "\(title), evaluating" : title,
                    fraction: Double(step.stepInEpoch) / Double(step.stepsInEpoch), figures: figures[0],
                    shorterFigures: Array(figures.dropFirst())))
        } else {
            let head = "\(title)  step \(step.stepInEpoch)/\(step.stepsInEpoch)"
            say(([head] + figures.fitting(EpochText.width - head.count)).joined(separator: "  "))
        }
    }

    func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) {
        say(
            EpochText.lines(
                epoch, epochs: trainer.epochCount, best: trainer.progress.best,
                remainingSeconds: remainingSeconds(after: epoch.step, trainer)
            ).joined(separator: "\n"))
        lastUpdate = clock.now
    }

    func didEnd(_ summary: TrainingSummary, of trainer: Trainer) { console.clearStatus() }

    private static func counts(of trainer: Trainer) -> String {
        let count = trainer.network.parameterCount
        return "\(count.trainable.grouped) parameters trainable, \(count.frozen.grouped) frozen"
    }

    /// Estimated from the mean time of the steps so far, evaluations included; nil before the first step, and where none
    /// is left.
    private func remainingSeconds(after step: Int, _ trainer: Trainer) -> Double? {
        let left = trainer.stepCount - step
        guard step > firstStep, left > 0 else { return nil }
        return (clock.now - start) / .seconds(1) / Double(step - firstStep) * Double(left)
    }
}
