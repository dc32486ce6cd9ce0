import NNDatasets
import NNInference
import NNOptimizers

/// The problem of a score that is watched but not measured.
struct UnmeasuredScore {
    let reason: String
    let remedy: String

    init(_ name: String, measured names: [String]) {
        reason = "'\(name)' is to be watched, but nothing measures it"
        remedy = "name one of: \(names.joined(separator: ", "))"
    }
}

/// The problem of a schedule that is to bring a score where it must not go.
struct ContradictedScore {
    let reason: String
    let remedy: String

    /// Nil for a schedule without a stated direction, or with the right one.
    init?(_ schedule: any Schedule, measured scores: [MetricValue]) {
        guard let mode = schedule.mode, let name = schedule.metric,
            let score = scores.first(where: { $0.name == name }), score.mode != mode
        else { return nil }
        func text(_ mode: MetricMode) -> String { mode == .min ? "small" : "large" }
        reason =
            "the schedule takes \(text(mode)) values of '\(name)' for better ones, and \(text(score.mode)) ones are"
        remedy = "leave 'mode' out, or set it to '\(score.mode.rawValue)'"
    }
}

/// The problem of a score whose name cannot be a column of the log.
struct UnrecordableScore {
    let reason: String
    let remedy = "use letters, digits, '_', '-' and '.'"

    /// Nil for a name that can be a column.
    init?(_ name: String) {
        let isColumn = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
        if isColumn, !name.isEmpty { return nil }
        reason = "a metric is named '\(name)', which cannot be a column of the log"
    }
}

extension [MetricValue] {
    /// The names of these scores on some splits.
    func names(on splits: [Split]) -> [String] { splits.flatMap { split in map { $0.on(split).name } } }
}

extension ScoreMeter {
    /// The scores of training samples: the loss, which is undefined as long as no label has counted, then the metrics.
    var trainingScores: [MetricValue] {
        (loss.value == nil ? [MetricValue("loss", .nan, mode: .min)] : []) + values
    }
}

extension Trainer {
    /// The name of the score that selects the best checkpoint.
    func bestMetric(of scores: [MetricValue]) -> String {
        options.bestMetric ?? defaultBestMetric(scores)
    }

    /// The first metric on the validation samples, or on the training samples without those; the loss,
    /// which precedes the metrics, where there is no metric.
    private func defaultBestMetric(_ scores: [MetricValue]) -> String {
        let split: Split = validation == nil ? .train : .validation
        let candidates = scores.filter { $0.split == split }
        return candidates.count > 1 ? candidates[1].name : candidates[0].name
    }

    /// Refuses to continue with scores that cannot be logged or that nothing measures.
    ///
    /// Metrics tell their names only once they have seen a batch, so the check follows the first step instead of
    /// the first evaluation; where every label of that batch is ignored, it follows a later one.
    func checkScoreNames(_ step: StepRecord) throws(TrainingError) {
        let measured = step.runningScores
        for value in measured {
            if let problem = UnrecordableScore(value.name) {
                throw TrainingError(problem.reason, remedy: problem.remedy)
            }
        }
        let names = measured.names(on: validation == nil ? [.train] : [.train, .validation])
        for name in [options.bestMetric, schedule.metric].compactMap({ $0 }) where !names.contains(name) {
            if meter.metrics.contains(where: \.values.isEmpty) { return }
            // The ranking of several classes is undefined as long as no label is positive.
            if task.labels != .classes, !step.precedesEvaluation { return }
            let problem = UnmeasuredScore(name, measured: names)
            throw TrainingError(problem.reason, remedy: problem.remedy)
        }
        let splits: [Split] = validation == nil ? [.train] : [.train, .validation]
        if let problem = ContradictedScore(
            schedule, measured: splits.flatMap { split in measured.map { $0.on(split) } })
        {
            throw TrainingError(problem.reason, remedy: problem.remedy)
        }
        hasProvenScoreNames = !meter.metrics.contains(where: \.values.isEmpty)
    }
}
