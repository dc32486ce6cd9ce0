import NNLayers
import NNOptimizers

/// Remembers the best value of a metric, as the choice of the best checkpoint needs it.
public struct BestTracker: Sendable, Hashable, Codable {
    /// The name of the metric, such as `validation_top1`.
    public let metric: String
    public let mode: MetricMode
    /// How much better a value must be to count.
    public let minimumChange: Double
    /// The best value so far; nil before the first that is a number.
    public private(set) var best: Double?
    /// The epoch of the best value.
    public private(set) var bestEpoch: Int?

    public init(metric: String, mode: MetricMode, minimumChange: Double = 0) {
        require(minimumChange, .notNegative, "BestTracker: minimumChange")
        self.metric = metric
        self.mode = mode
        self.minimumChange = minimumChange
    }

    /// Takes note of the value after an epoch, and says whether it is the best so far. NaN never is.
    public mutating func report(_ value: Double, epoch: Int) -> Bool {
        guard best.map({ mode.isBetter(value, than: $0, by: minimumChange) }) ?? !value.isNaN else { return false }
        best = value
        bestEpoch = epoch
        return true
    }
}

extension BestTracker: Restorable {
    public var savedState: SavedState {
        guard let best, let bestEpoch else { return SavedState() }
        return SavedState(scalars: ["best": best, "best_epoch": Double(bestEpoch)])
    }

    public mutating func restore(_ state: SavedState) throws(SavedStateError) {
        let isSet = !state.scalars.isEmpty
        let (value, epoch) = isSet ? (try state.scalar("best"), try state.count("best_epoch")) : (nil, nil)
        best = value
        bestEpoch = epoch
    }
}
