import NNLayers

extension ComponentKind<ScheduleEnvironment, any Schedule> {
    /// Schedules of the learning rate.
    public static var schedule: Self { Self("schedule") }
}

/// What a schedule has to know of the training.
public struct ScheduleEnvironment: Sendable {
    /// The number of steps of the whole training.
    public var totalSteps: Int
    /// The number of steps of an epoch.
    public var stepsPerEpoch: Int
    /// The learning rate of the optimizer.
    public var baseLearningRate: Double

    /// Creates the environment of a training.
    public init(totalSteps: Int, stepsPerEpoch: Int, baseLearningRate: Double) {
        self.totalSteps = totalSteps
        self.stepsPerEpoch = stepsPerEpoch
        self.baseLearningRate = baseLearningRate
    }
}

/// Options of a schedule: those of its warm-up, and the schedule that follows from the others.
public protocol ScheduleOptions: BuildableOptions
where Environment == ScheduleEnvironment, Product == any Schedule {
    /// The length of the warm-up in steps; nil for none.
    var warmupSteps: Int? { get }
    /// The length of the warm-up in epochs, in place of ``warmupSteps``; nil for none.
    var warmupEpochs: Double? { get }
    /// The part of the full learning rate at which the warm-up starts.
    var warmupFactor: Double { get }

    /// The schedule without its warm-up.
    /// - Throws: `OptionError` for options that do not go with the learning rate.
    func template(_ environment: ScheduleEnvironment) throws -> ScheduleTemplate
}

extension ScheduleOptions {
    private var warmup: ScheduleLength { ScheduleLength("warmup", steps: warmupSteps, epochs: warmupEpochs) }

    /// Checks the options of the warm-up.
    /// - Throws: `OptionError`.
    public func validateWarmup() throws(OptionError) {
        try warmup.validate(minimum: 0)
        try check("warmup_factor", warmupFactor, .fraction)
    }

    public func validate() throws { try validateWarmup() }

    /// Makes the schedule, after its warm-up if it has one.
    public func build(_ environment: ScheduleEnvironment, in registry: Registry) throws -> any Schedule {
        try template(environment).warmup(steps: warmup.steps(environment) ?? 0, factor: warmupFactor)
            .schedule(learningRate: environment.baseLearningRate)
    }
}

/// A length that a configuration states as `NAME_steps` or as `NAME_epochs`.
struct ScheduleLength {
    let name: String
    let steps: Int?
    let epochs: Double?

    init(_ name: String, steps: Int?, epochs: Double?) {
        self.name = name
        self.steps = steps
        self.epochs = epochs
    }

    /// - Parameter minimum: The least number of steps.
    func validate(minimum: Int) throws(OptionError) {
        if steps != nil, epochs != nil {
            throw OptionError("\(name)_steps", "cannot stand beside \(name)_epochs; state one of them")
        }
        if let steps, steps < minimum {
            throw OptionError("\(name)_steps", "must be \(minimum) or more, not \(steps)")
        }
        if let steps, steps > 1_000_000_000 {
            throw OptionError("\(name)_steps", "must be at most 1000000000, not \(steps)")
        }
        if let epochs, !(epochs >= 0 && epochs <= 1e9) || (minimum > 0 && epochs == 0) {
            throw OptionError("\(name)_epochs", "must be \(minimum > 0 ? "above 0" : "0 or more"), not \(epochs)")
        }
    }

    /// As `validate`, for a length that must be stated.
    func validateIsStated() throws(OptionError) {
        if steps == nil, epochs == nil {
            throw OptionError("\(name)_epochs", "must be stated, or \(name)_steps")
        }
        try validate(minimum: 1)
    }

    /// The number of steps, rounded; nil if none is stated.
    func steps(_ environment: ScheduleEnvironment) -> Int? {
        steps ?? epochs.map { Int(($0 * Double(environment.stepsPerEpoch)).rounded()) }
    }
}
