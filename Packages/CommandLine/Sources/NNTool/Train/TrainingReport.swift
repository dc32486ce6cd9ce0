import NNTraining

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
