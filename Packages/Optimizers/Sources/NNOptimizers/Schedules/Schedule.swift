import NNLayers

/// The learning rate of each step of training.
///
/// A schedule is a pure function of the step, so that training can go on from any step. Only one that reacts to
/// measurements, such as ``PlateauSchedule``, has a state beside it.
public protocol Schedule: Restorable, Sendable {
    /// The learning rate of a step, counted from 0.
    func learningRate(at step: Int) -> Double

    /// The name of the metric that the schedule watches; nil for none.
    var metric: String? { get }

    /// Whether ``metric`` is to become small or large, if that was stated; nil, the default, for what the metric itself
    /// is measured for.
    var mode: MetricMode? { get }

    /// Takes a new value of ``metric`` into account.
    mutating func report(_ value: Double)

    /// Takes a new value of ``metric`` into account, and whether it is to become small or large.
    mutating func report(_ value: Double, mode: MetricMode)
}

extension Schedule {
    public var metric: String? { nil }
    public var mode: MetricMode? { nil }
    public mutating func report(_ value: Double) {}
    public mutating func report(_ value: Double, mode: MetricMode) { report(value) }

    public var savedState: SavedState { SavedState() }
    public mutating func restore(_ state: SavedState) throws(SavedStateError) {}
}

/// A ``Schedule`` whose learning rate is that of the ``Optimizer`` it is given to.
///
/// ```swift
/// SGD(network.parameters, learningRate: 0.1, schedule: .cosine(steps: 10_000).warmup(steps: 500))
/// ```
public struct ScheduleTemplate: Sendable {
    private let make: @Sendable (_ learningRate: Double, _ start: Int) -> any Schedule

    /// Creates a template of a custom schedule: `ScheduleTemplate { rate, _ in InverseRoot(learningRate: rate) }`.
    /// - Parameter make: Makes the schedule for a learning rate and the step at which it starts, after the warm-up.
    public init(_ make: @escaping @Sendable (_ learningRate: Double, _ start: Int) -> any Schedule) {
        self.make = make
    }

    /// Makes the schedule for a learning rate.
    public func schedule(learningRate: Double) -> any Schedule { make(learningRate, 0) }

    /// The same schedule after a linear rise of the learning rate, see ``Warmup``.
    ///
    /// The schedule then starts at the end of the rise, and ends where it ended without.
    /// - Parameters:
    ///   - steps: The length of the rise; 0 for none.
    ///   - factor: The part of the full learning rate at which the rise starts.
    public func warmup(steps: Int, factor: Double = Warmup.defaultFactor) -> ScheduleTemplate {
        ScheduleRules.require(steps: steps, "ScheduleTemplate.warmup")
        if steps == 0 { return self }
        return ScheduleTemplate { [make] rate, start in
            Warmup(steps: start + steps, factor: factor, before: make(rate, start + steps))
        }
    }

    /// The steps of a schedule that ends after `steps`; none where the warm-up takes all of them.
    static func span(from start: Int, steps: Int) -> Range<Int> {
        ScheduleRules.require(steps: steps, "ScheduleTemplate")
        return start..<max(start, steps)
    }
}

/// Checks that configurations and initializers of schedules have in common.
enum ScheduleRules {
    /// A learning rate, or the largest one that float32 has: growth without end makes training diverge, which is reported.
    static func bounded(_ rate: Double) -> Double { rate.isNaN ? 0 : min(rate, Double(Float.greatestFiniteMagnitude)) }

    /// Traps for lengths whose sums would overflow.
    static func require(steps: Int, _ schedule: String) {
        requireOptions(schedule) {
            try OptionError.check("steps", steps, .notNegative)
            if steps > 1 << 48 { throw OptionError("steps", "must be at most \(1 << 48), not \(steps)") }
        }
    }

    /// - Parameter minimum: What the learning rate falls to.
    static func check(learningRate: Double, minimum: Double = 0, as option: String = "lr") throws(OptionError) {
        try OptionError.check(option, learningRate, .notNegative)
        try OptionError.check("min_lr", minimum, .notNegative)
        if minimum > learningRate {
            throw OptionError("min_lr", "must be no more than the learning rate \(learningRate), not \(minimum)")
        }
    }
}
