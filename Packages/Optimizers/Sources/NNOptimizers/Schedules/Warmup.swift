import NNLayers

/// A linear rise of the learning rate before another schedule (Goyal et al. 2017).
///
/// The rise ends at the learning rate that the other schedule has at that step, so there is no jump;
/// the other schedule goes on from there, and what it states in steps still counts from step 0.
public struct Warmup: Schedule {
    /// The number of steps of the rise.
    public let steps: Int
    /// The part of the full learning rate at step 0.
    public let factor: Double
    /// The schedule after the rise.
    public private(set) var schedule: any Schedule

    public init(steps: Int, factor: Double, before schedule: any Schedule) {
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
    public mutating func report(_ value: Double) { schedule.report(value) }

    public var savedState: SavedState { schedule.savedState }
    public mutating func restore(_ state: SavedState) throws(SavedStateError) { try schedule.restore(state) }
}
