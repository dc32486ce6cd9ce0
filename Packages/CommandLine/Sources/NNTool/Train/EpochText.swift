@_spi(Text) import NNLayers
import Foundation
import NNTraining

/// The figures of steps and epochs in words.
enum EpochText {
    /// The figures beside the bar, the most important first.
    static func figures(_ step: StepRecord, remainingSeconds: Double) -> [String] {
        step.runningScores.map(score) + [
            "\(rate(step.time.samplesPerSecond)) images/s", "ETA \(TimeText.clock(seconds: remainingSeconds))",
            "lr \(learningRate(step.learningRate))",
        ]
    }

    /// One line for a whole epoch.
    static func line(_ epoch: EpochRecord, epochs: Int) -> String {
        let width = String(epochs).count
        let number = String(epoch.epoch)
        let padding = String(repeating: " ", count: max(width - number.count, 0))
        let seconds = epoch.trainingTime.total + epoch.evaluationSeconds
        let parts =
            ["epoch \(padding)\(number)/\(epochs)"] + epoch.scores.map(score) + [
                "\(rate(epoch.trainingTime.samplesPerSecond)) images/s", TimeText.clock(seconds: seconds),
            ] + (epoch.isBest ? ["best"] : [])
        return parts.joined(separator: "  ")
    }

    /// `train loss 0.4312`, `validation top1 83.20 %`.
    static func score(_ score: MetricValue) -> String {
        let name = score.name.split(separator: "_", maxSplits: 1).joined(separator: " ")
        return "\(name) \(score.text)\(score.unit == .percent ? " %" : "")"
    }

    private static func rate(_ value: Double) -> String { value < 100 ? value.fixed(1) : Int(value).grouped }

    private static func learningRate(_ value: Double) -> String { String(format: "%.3g", value) }
}
