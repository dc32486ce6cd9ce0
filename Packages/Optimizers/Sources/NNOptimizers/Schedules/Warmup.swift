import NNLayers

/// A linear rise of the learning rate before another schedule (Goyal et al. 2017).
///
/// The rise ends at the learning rate that the other schedule has at that step, so there is no jump. The other schedule
/// goes on from there; the steps that it names still count from step 0.
public struct Warmup: Schedule {
    /// The part of the full learning rate at which warm-ups start by default.
    public static let defaultFactor = 0.01

    private let steps: Int
    private let factor: Double
    private var schedule: any Schedule

    /// Creates the schedule.
    /// - Parameters:
    ///   - steps: The number of steps of the rise.
    ///   - factor: The part of the full learning rate at step 0, from 0 to 1.
    ///   - schedule: The schedule after the rise.
    public init(steps: Int, factor: Double = Warmup.defaultFactor, before schedule: any Schedule) {
        requireOptions("Warmup") {
            try OptionError.check("warmup_steps", steps, .notNegative)
            try OptionError.check("warmup_factor", factor, .fraction)
        }
        self.steps = steps
        self.factor = factor
        self.schedule = schedule
    }

    public func learningRate(at step: Int) -> Double {
        guard step < steps else { return schedule.learningRate(at: step) }
        let rise = factor + (1 - factor) * Double(step) / Double(steps)
        return schedule.learningRate(at: steps) * rise
    }

    public var metric: String? { schedule.metric }
    public var mode: MetricMode? { schedule.mode }
    public mutating func report(_ value: Double) { schedule.report(value) }
    public mutating func report(_ value: Double, mode: MetricMode) { schedule.report(value, mode: mode) }

    public var savedState: SavedState { schedule.savedState }
    public mutating func restore(_ state: SavedState) throws(SavedStateError) { try schedule.restore(state) }
}
