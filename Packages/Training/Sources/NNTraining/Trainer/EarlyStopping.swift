@_spi(Internal) import NNInference
import NNLayers
import NNOptimizers

/// Stops training when a score has not improved for some epochs.
public struct EarlyStopping: Sendable, Hashable {
    /// The number of reports without improvement after which training stops.
    public let patience: Int
    /// The best value so far, and the criterion for improvement.
    private(set) var tracker: BestTracker
    private var reportsWithoutImprovement = 0

    /// Early stopping by a score such as `validation_top1`; any change counts by default.
    public init(metric: String, mode: MetricMode, patience: Int, minimumChange: Double = 0) {
        requireOptions("EarlyStopping") { try Self.check(patience: patience, minimumChange: minimumChange) }
        self.patience = patience
        tracker = BestTracker(metric: metric, mode: mode, minimumChange: minimumChange)
    }

    /// The checks that configurations and initializers share.
    static func check(patience: Int, minimumChange: Double) throws(OptionError) {
        try OptionError.check("patience", patience, .count)
        try OptionError.check("minimum_change", minimumChange, .notNegative)
    }

    /// Reports the value after an epoch, and returns whether training should stop.
    @discardableResult
    public mutating func report(_ value: Double, epoch: Int) -> Bool {
        reportsWithoutImprovement = tracker.report(value, epoch: epoch) ? 0 : reportsWithoutImprovement + 1
        return isExhausted
    }

    /// Whether there were enough reports without improvement to stop.
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

/// Tracks the best value of a score, to select the best checkpoint.
public struct BestTracker: Sendable, Hashable, Codable {
    /// The name of the score, such as `validation_top1`.
    public let metric: String
    /// Whether small or large values are better.
    public let mode: MetricMode
    /// The smallest change that counts as an improvement.
    let minimumChange: Double
    /// The best value so far; nil before the first that is not NaN.
    public private(set) var best: Double?
    /// The epoch of the best value.
    public private(set) var bestEpoch: Int?

    /// A tracker for which any change counts by default.
    init(metric: String, mode: MetricMode, minimumChange: Double = 0) {
        require(minimumChange, .notNegative, "BestTracker: minimumChange")
        self.metric = metric
        self.mode = mode
        self.minimumChange = minimumChange
    }

    /// Reports the value after an epoch, and returns whether it is the best so far. NaN never is.
    mutating func report(_ value: Double, epoch: Int) -> Bool {
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
