import Foundation
@_spi(Text) import NNLayers
import NNInference
import NNTraining

/// Shows the progress of training: a bar on a terminal, and a line for each epoch.
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

    func didWarn(_ message: String, of trainer: Trainer) { console.report("warning: \(message)") }

    func didFinishStep(_ step: StepRecord, of trainer: Trainer) {
        let interval = console.isInteractive ? Self.redrawInterval : Self.lineInterval
        guard step.precedesEvaluation && console.isInteractive || clock.now - lastUpdate >= interval else { return }
        lastUpdate = clock.now
        let figures = EpochText.figures(step, remainingSeconds: remainingSeconds(step, trainer))
        let title = "epoch \(step.epoch)/\(trainer.epochCount)"
        if console.isInteractive {
            console.show(
                ProgressLine(
                    title: step.precedesEvaluation ? "\(title), evaluating" : title,
                    fraction: Double(step.stepInEpoch) / Double(step.stepsInEpoch), figures: figures))
        } else {
            say(
                (["\(title)  step \(step.stepInEpoch)/\(step.stepsInEpoch)"] + figures).joined(separator: "  "))
        }
    }

    func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) {
        say(EpochText.line(epoch, epochs: trainer.epochCount))
        lastUpdate = clock.now
    }

    func didEnd(_ summary: TrainingSummary, of trainer: Trainer) { console.clearStatus() }

    private static func counts(of trainer: Trainer) -> String {
        let count = trainer.network.parameterCount
        return "\(count.trainable.grouped) parameters trainable, \(count.frozen.grouped) frozen"
    }

    /// Estimated from the mean time of the steps so far, evaluations included.
    private func remainingSeconds(_ step: StepRecord, _ trainer: Trainer) -> Double {
        let each = (clock.now - start) / .seconds(1) / Double(step.step - firstStep)
        return each * Double(trainer.stepCount - step.step)
    }
}

/// The figures of steps and epochs as text.
enum EpochText {
    /// The figures beside the progress bar, the most important first.
    static func figures(_ step: StepRecord, remainingSeconds: Double) -> [String] {
        step.runningScores.map(score) + [
            "\(rate(step.time.samplesPerSecond)) images/s", "ETA \(TimeText.clock(seconds: remainingSeconds))",
            "lr \(step.learningRate.significant(3))",
        ]
    }

    /// The line of a finished epoch, or of an evaluation within one.
    static func line(_ epoch: EpochRecord, epochs: Int) -> String {
        let width = String(epochs).count
        let number = String(epoch.epoch)
        let padding = String(repeating: " ", count: max(width - number.count, 0))
        let seconds = epoch.trainingTime.total + epoch.evaluationSeconds
        let isWhole = epoch.stepInEpoch == epoch.stepsInEpoch
        let step = isWhole ? [] : ["step \(epoch.stepInEpoch)/\(epoch.stepsInEpoch)"]
        let parts =
            ["epoch \(padding)\(number)/\(epochs)"] + step + epoch.scores.map(score) + [
                "\(rate(epoch.trainingTime.samplesPerSecond)) images/s", TimeText.clock(seconds: seconds),
            ] + (epoch.isBest ? ["best"] : [])
        return parts.joined(separator: "  ")
    }

    /// A score such as `train loss 0.4312` or `validation top1 83.20 %`.
    static func score(_ score: MetricValue) -> String {
        let name = score.split.map { "\($0.rawValue) \(score.metric)" } ?? score.metric
        return "\(name) \(score.textWithUnit)"
    }

    private static func rate(_ value: Double) -> String { value < 100 ? value.fixed(1) : Int(value).grouped }
}
