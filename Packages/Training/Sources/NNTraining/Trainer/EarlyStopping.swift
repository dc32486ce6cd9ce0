import NNLayers
import NNOptimizers

/// Ends training when a metric has not improved for some epochs.
public struct EarlyStopping: Sendable, Hashable {
    /// How many reports without improvement are waited for.
    public let patience: Int
    /// The best value so far, and what counts as better.
    public private(set) var tracker: BestTracker
    private var reportsWithoutImprovement = 0

    public init(metric: String, mode: MetricMode, patience: Int, minimumChange: Double = 0) {
        requireOptions("EarlyStopping") { try Self.check(patience: patience, minimumChange: minimumChange) }
        self.patience = patience
        tracker = BestTracker(metric: metric, mode: mode, minimumChange: minimumChange)
    }

    /// What configurations and initializers refuse alike.
    static func check(patience: Int, minimumChange: Double) throws(OptionError) {
        try OptionError.check("patience", patience, .count)
        try OptionError.check("minimum_change", minimumChange, .notNegative)
    }

    /// Takes note of the value after an epoch, and says whether it is time to stop.
    @discardableResult
    public mutating func report(_ value: Double, epoch: Int) -> Bool {
        reportsWithoutImprovement = tracker.report(value, epoch: epoch) ? 0 : reportsWithoutImprovement + 1
        return isExhausted
    }

    /// Whether it has been waited for long enough.
    public var isExhausted: Bool { reportsWithoutImprovement >= patience }
}

extension EarlyStopping: Restorable {
    private static let countName = "reports_without_improvement"

    public var savedState: SavedState {
        var state = SavedState(scalars: [Self.countName: Double(reportsWithoutImprovement)])
        state.add(tracker.savedState, as: "tracker")
        return state
    }

    public mutating func restore(_ state: SavedState) throws(SavedStateError) {
        let count = try state.count(Self.countName)
        try tracker.restore(state.part("tracker"))
        reportsWithoutImprovement = count
    }
}

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
