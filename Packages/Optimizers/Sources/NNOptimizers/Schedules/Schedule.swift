/// The learning rate of each step of training.
///
/// A schedule is a pure function of the step, so that a run can go on from any step. Only one that
/// reacts to what is measured (``PlateauSchedule``) has a state beside it.
public protocol Schedule: Restorable, Sendable {
    /// The learning rate of a step, counted from 0.
    func learningRate(at step: Int) -> Double

    /// The name of the measured value that the schedule wants to be told of; nil for none.
    var metric: String? { get }

    /// Takes note of a new value of ``metric``.
    mutating func report(_ value: Double)
}

extension Schedule {
    public var metric: String? { nil }
    public mutating func report(_ value: Double) {}

    public var savedState: SavedState { SavedState() }
    public mutating func restore(_ state: SavedState) throws(SavedStateError) {}
}
