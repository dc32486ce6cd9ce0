import NNLayers

extension ComponentKind<ScheduleEnvironment, any Schedule> {
    /// The learning rate over the steps of training.
    public static var schedule: Self { Self("schedule") }
}

/// What a schedule must know of the training.
public struct ScheduleEnvironment: Sendable {
    /// The number of steps of the whole training.
    public var totalSteps: Int
    public var stepsPerEpoch: Int
    /// The learning rate of the optimizer.
    public var baseLearningRate: Double

    public init(totalSteps: Int, stepsPerEpoch: Int, baseLearningRate: Double) {
        self.totalSteps = totalSteps
        self.stepsPerEpoch = stepsPerEpoch
        self.baseLearningRate = baseLearningRate
    }
}

/// The options of a schedule: those of the warm-up before it, and the schedule that follows from the
/// others.
public protocol ScheduleOptions: ComponentOptions {
    /// The length of the warm-up in steps, or in epochs; none by default.
    var warmupSteps: Int? { get }
    var warmupEpochs: Double? { get }
    /// The part of the full learning rate at which the warm-up starts.
    var warmupFactor: Double { get }

    /// The schedule without its warm-up.
    /// - Parameter start: The number of steps of the warm-up, where the schedule takes over.
    func makeSchedule(_ environment: ScheduleEnvironment, start: Int) throws -> any Schedule
}

extension ScheduleOptions {
    private var warmup: Duration { Duration("warmup", steps: warmupSteps, epochs: warmupEpochs) }

    /// Refuses values that no warm-up can have.
    public func validateWarmup() throws(OptionError) {
        try warmup.validate(minimum: 0)
        try OptionError.check("warmup_factor", warmupFactor, .fraction)
    }

    public func validate() throws { try validateWarmup() }

    /// The schedule after its warm-up, if it has one.
    public func makeSchedule(_ environment: ScheduleEnvironment) throws -> any Schedule {
        let start = warmup.steps(environment) ?? 0
        let schedule = try makeSchedule(environment, start: start)
        return start == 0 ? schedule : Warmup(steps: start, factor: warmupFactor, before: schedule)
    }
}

extension Registry {
    /// Adds a schedule that can have a warm-up.
    /// - Throws: `RegistryError` where the name is taken.
    public func register<Options: ScheduleOptions>(
        schedule name: String, summary: String, options: Options.Type
    ) throws {
        try register(.schedule, name, summary: summary, options: options) { try $0.makeSchedule($1) }
    }
}

/// A length of time that a configuration states by `NAME_steps` or by `NAME_epochs`.
struct Duration {
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

    /// As `validate`, for a duration that must be stated.
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
