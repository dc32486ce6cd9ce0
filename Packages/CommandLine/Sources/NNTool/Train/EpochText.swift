import NNDatasets
import NNInference
@_spi(Text) import NNLayers
import NNTraining

/// The figures of steps and epochs as text, in lines of at most 80 columns.
///
/// Of the scores it has the loss and the one that selects the best checkpoint; all of them are in the files of the run.
enum EpochText {
    /// The columns of a line that is written once, and not redrawn.
    static let width = 80
    /// Longer names of metrics are shortened.
    private static let nameLength = 18

    /// The figures beside the progress bar, the most important first, and these in shorter forms.
    /// - Parameters:
    ///   - progress: That of the run, with the scores of the last evaluation.
    ///   - remainingSeconds: The time that is left; nil where it is unknown.
    static func figures(_ step: StepRecord, of progress: TrainingProgress, remainingSeconds: Double?) -> [[String]] {
        figures(
            running: step.runningScores, evaluated: progress.scores, best: progress.best,
            remainingSeconds: remainingSeconds, imagesPerSecond: step.time.samplesPerSecond,
            learningRate: step.learningRate)
    }

    static func figures(
        running: [MetricValue], evaluated: [MetricValue], best: BestTracker?, remainingSeconds: Double?,
        imagesPerSecond: Double, learningRate: Double
    ) -> [[String]] {
        let (loss, speed) = (running.filter { $0.metric == "loss" }.map(score), rate(imagesPerSecond))
        let time = remainingSeconds.map { ["ETA \(TimeText.clock(seconds: $0))"] } ?? []
        let judged = evaluated.first { $0.name == best?.metric }
        let metric = judged.flatMap { $0.metric == "loss" ? nil : $0.metric }
        let others = running.filter { $0.metric != "loss" && (metric == nil || $0.metric == metric) }
            .map { "train " + score($0) }
        guard let judged else {
            let first = loss + time
            return [
                first + ["\(speed) images/s"] + others + ["lr \(learningRate.significant(3))"], first + ["\(speed)/s"],
            ]
        }
        let name = short(judged.metric)
        func forms(_ full: String, _ shorter: String, _ shortest: String) -> [[String]] {
            [
                loss + [full] + time + ["\(speed) images/s"] + others + ["lr \(learningRate.significant(3))"],
                loss + [shorter] + time + ["\(speed)/s"], loss + [shortest] + time + ["\(speed)/s"],
            ]
        }
        let split = judged.split.map { "\($0.rawValue) " } ?? ""
        guard let bestValue = best?.best, bestValue != judged.value else {
            let mark = judged.isDefined ? " (best)" : ""
            let shorter = "\(name) \(judged.textWithUnit)\(mark)"
            return forms("\(split)\(shorter)", shorter, "\(name) \(judged.text)\(mark)")
        }
        var other = judged
        other.value = bestValue
        let value = judged.textWithUnit
        return forms(
            "\(split)\(name) \(value) (best \(other.textWithUnit))", "\(name) \(value) (best \(other.text))",
            "\(name) \(judged.text) (\(other.text))")
    }

    /// The two lines of a finished epoch, or of an evaluation within one: what was trained, and how it was evaluated.
    /// - Parameters:
    ///   - epochs: The number of epochs of the training.
    ///   - best: The best score so far.
    ///   - remainingSeconds: The time that is left; nil where it is unknown or there is none.
    static func lines(
        _ epoch: EpochRecord, epochs: Int, best: BestTracker?, remainingSeconds: Double?
    ) -> [String] {
        let judged = epoch.scores.first { $0.name == best?.metric }
        let candidates = epoch.scores.filter { $0.metric != "loss" && (judged == nil || $0.split == judged?.split) }
        let metric = judged.flatMap { $0.metric == "loss" ? nil : $0.metric } ?? candidates.first?.metric
        let trained = scores(epoch.scores, .train, metric)
        let evaluated = scores(epoch.scores, .validation, metric)
        let mark = mark(epoch, best, judged, after: evaluated)
        let isWhole = epoch.stepInEpoch == epoch.stepsInEpoch
        let seconds = epoch.trainingTime.total + epoch.evaluationSeconds
        let step = isWhole ? [] : ["step \(epoch.stepInEpoch)/\(epoch.stepsInEpoch)"]
        let figures =
            texts(trained) + [
                "\(rate(epoch.trainingTime.samplesPerSecond)) images/s", TimeText.clock(seconds: seconds),
            ]
        let time = remainingSeconds.map { ["ETA \(TimeText.clock(seconds: $0))"] } ?? []
        let lines = [
            line(title(epoch.epoch, of: epochs), [step + figures, figures]),
            line("", mark.map { texts(evaluated) + $0 + time }),
        ]
        return lines.filter { !$0.isEmpty }
    }

    /// A score such as `train loss 0.4312` or `validation top1 83.20 %`.
    static func score(_ score: MetricValue) -> String {
        let name = score.split.map { "\($0.rawValue) \(score.metric)" } ?? score.metric
        return "\(name) \(score.textWithUnit)"
    }

    /// A line of figures after its first words, in the first form that fits.
    private static func line(_ head: String, _ forms: [[String]]) -> String {
        head + forms.fitting(width - head.count).map { "  " + $0 }.joined()
    }

    private static func title(_ epoch: Int, of epochs: Int) -> String {
        let padding = String(repeating: " ", count: max(String(epochs).count - String(epoch).count, 0))
        return "epoch \(padding)\(epoch)/\(epochs)"
    }

    /// The loss and a metric of a split.
    private static func scores(_ scores: [MetricValue], _ split: Split, _ metric: String?) -> [MetricValue] {
        scores.filter { $0.split == split && ($0.metric == "loss" || $0.metric == metric) }
    }

    /// Scores of one split, which the first of them names.
    private static func texts(_ scores: [MetricValue]) -> [String] {
        scores.enumerated().map { index, score in
            let split = index == 0 ? score.split.map { "\($0.rawValue) " } ?? "" : ""
            return "\(split)\(short(score.metric)) \(score.textWithUnit)"
        }
    }

    /// The best score in a longer and a shorter form.
    /// - Parameter evaluated: The scores before it; where the last of them is judged, it needs no name.
    private static func mark(
        _ epoch: EpochRecord, _ best: BestTracker?, _ judged: MetricValue?, after evaluated: [MetricValue]
    ) -> [[String]] {
        guard var score = judged, let value = best?.best, let number = best?.bestEpoch else { return [[]] }
        let split = score.split == .train && epoch.scores.contains { $0.split == .validation } ? "train " : ""
        let name = score.name == evaluated.last?.name ? "best" : "best \(split)\(short(score.metric))"
        if epoch.isBest, !evaluated.isEmpty { return [[name]] }
        score.value = value
        return [["\(name) \(score.textWithUnit) in epoch \(number)"], ["\(name) \(score.textWithUnit)"]]
    }

    private static func short(_ name: String) -> String {
        name.count > nameLength ? name.prefix(nameLength - 2) + ".." : name
    }

    private static func rate(_ value: Double) -> String { value < 100 ? value.fixed(1) : Int(value).grouped }
}
