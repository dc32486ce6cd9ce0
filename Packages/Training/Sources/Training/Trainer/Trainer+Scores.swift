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

    /// Refuses to go on for scores that nothing measures. Metrics tell their names only once they have seen
    /// a batch, so it is done after the first step and not after a whole epoch; where every label of that
    /// batch is ignored, after the next.
    func checkScoreNames(_ measured: [MetricValue]) throws(TrainingError) {
        let prefixes: [ScorePrefix] = validation == nil ? [.training] : [.training, .validation]
        let names = prefixes.flatMap { prefix in measured.map { $0.prefixed(prefix).name } }
        for name in [options.bestMetric, schedule.metric].compactMap({ $0 }) where !names.contains(name) {
            if meter.metrics.contains(where: \.values.isEmpty) { return }
            throw TrainingError(
                "'\(name)' is to be watched, but nothing measures it",
                remedy: "name one of: \(names.joined(separator: ", "))")
        }
    }
}
