/// Which samples a score was measured of.
enum ScorePrefix: String {
    case training = "train"
    case validation
}

extension MetricValue {
    /// The value under the name that logs and configurations know it by: `validation_top1`.
    func prefixed(_ prefix: ScorePrefix) -> MetricValue {
        var result = self
        result.name = "\(prefix.rawValue)_\(name)"
        return result
    }
}

extension [MetricValue] {
    /// The names that such values have of some samples.
    func names(with prefixes: [ScorePrefix]) -> [String] {
        prefixes.flatMap { prefix in map { $0.prefixed(prefix).name } }
    }
}

/// What is to be said of a score that nothing measures.
struct UnmeasuredScore {
    let reason: String
    let remedy: String

    init(_ name: String, measured names: [String]) {
        reason = "'\(name)' is to be watched, but nothing measures it"
        remedy = "name one of: \(names.joined(separator: ", "))"
    }
}

/// What is to be said of a score whose name cannot be a column of a run's records.
struct UnrecordableScore {
    let reason: String
    let remedy = "name it by letters, digits, '_', '-' and '.'"

    /// Nil for a name that can.
    init?(_ name: String) {
        let isColumn = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
        if isColumn, !name.isEmpty { return nil }
        reason = "a metric measures '\(name)', which is no name for a column"
    }
}

extension Trainer {
    /// The name of the score by which the best checkpoint is chosen.
    func bestMetric(of scores: [MetricValue]) -> String {
        options.bestMetric ?? defaultBestMetric(scores.map(\.name))
    }

    /// The first metric of the validation samples, or of the training samples if there are none; the loss,
    /// which comes before the metrics, where there is no metric.
    private func defaultBestMetric(_ names: [String]) -> String {
        let prefix: ScorePrefix = validation == nil ? .training : .validation
        let candidates = names.filter { $0.hasPrefix(prefix.rawValue) }
        return candidates.count > 1 ? candidates[1] : candidates[0]
    }

    /// Refuses to go on for scores that cannot be recorded or that nothing measures. Metrics tell their names only once they have seen
    /// a batch, so it is done after the first step and not after a whole epoch; where every label of that
    /// batch is ignored, after the next.
    func checkScoreNames(_ measured: [MetricValue]) throws(TrainingError) {
        for value in measured {
            if let problem = UnrecordableScore(value.name) {
                throw TrainingError(problem.reason, remedy: problem.remedy)
            }
        }
        let names = measured.names(with: validation == nil ? [.training] : [.training, .validation])
        for name in [options.bestMetric, schedule.metric].compactMap({ $0 }) where !names.contains(name) {
            if meter.metrics.contains(where: \.values.isEmpty) { return }
            let problem = UnmeasuredScore(name, measured: names)
            throw TrainingError(problem.reason, remedy: problem.remedy)
        }
    }
}
