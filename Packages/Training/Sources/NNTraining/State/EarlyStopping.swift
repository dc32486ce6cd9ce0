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
