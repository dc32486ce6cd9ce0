import NNInference
import NNLayers
import NNTraining

/// Stops training when a score of an epoch is reached.
public final class StopAtScore: TrainingCallback {
    private let metric: String
    private let value: Double
    public private(set) var shouldStop = false

    /// - Parameters:
    ///   - metric: The name of the score with its prefix, such as `validation_top1`.
    ///   - value: What it must reach, in the direction that is better.
    public init(metric: String, value: Double) {
        self.metric = metric
        self.value = value
    }

    public func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) throws {
        guard let score = epoch.scores.first(where: { $0.name == metric }) else {
            let names = epoch.scores.map(\.name).joined(separator: ", ")
            throw OptionError("metric", "must be one of \(names), not '\(metric)'")
        }
        shouldStop = score.value == value || score.mode.isBetter(score.value, than: value)
    }
}

extension StopAtScore {
    /// Options of ``StopAtScore``.
    public struct Options: BuildableOptions {
        /// The name of the score with its prefix. Required.
        public var metric = ""
        /// What it must reach.
        public var value = 100.0

        /// The defaults.
        public init() {}

        public func validate() throws {
            if metric.isEmpty { throw OptionError("metric", "must be the name of a score, such as validation_top1") }
            try check("value", value, .finite)
        }

        public func build(_: Void, in registry: Registry) -> any TrainingCallback {
            StopAtScore(metric: metric, value: value)
        }
    }
}
