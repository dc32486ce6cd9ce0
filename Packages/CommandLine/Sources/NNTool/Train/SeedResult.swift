import NNTraining

/// What training with one seed led to.
struct SeedResult: Codable, Equatable {
    let seed: UInt64
    /// The run folder within that of all seeds.
    let run: String
    let ending: TrainingSummary.Ending
    /// How many epochs are done.
    let epochs: Int
    /// The epoch with the best score; nil where none was a number.
    let bestEpoch: Int?
    /// The score that tells which epoch is the best.
    let bestMetric: String?
    /// What was measured after the last epoch.
    let final: [MetricValue]
    /// What was measured after the best epoch.
    let best: [MetricValue]
}

extension SeedResult {
    /// - Throws: `RunError` where the records of the run cannot be read.
    init(seed: UInt64, summary: TrainingSummary, run: RunDirectory) throws(RunError) {
        let progress = summary.progress
        let bestEpoch = progress.best?.bestEpoch
        let row = try MetricsLog(in: run).rows.last { $0.epoch == bestEpoch }
        let best = progress.scores.compactMap { score in
            row?[score.name].map {
                MetricValue(score.metric, $0, unit: score.unit, mode: score.mode, split: score.split)
            }
        }
        self.init(
            seed: seed, run: run.url.lastPathComponent, ending: summary.ending, epochs: progress.epoch,
            bestEpoch: bestEpoch, bestMetric: progress.best?.metric, final: progress.scores, best: best)
    }
}
