import NNLayers

func registerSchedules(into registry: Registry) throws {
    try registry.register(
        schedule: "constant", summary: "The same learning rate throughout", options: ConstantOptions.self)
    try registry.register(
        schedule: "step", summary: "Times gamma after each interval", options: StepOptions.self)
    try registry.register(
        schedule: "multi_step", summary: "Times gamma at each milestone", options: MultiStepOptions.self)
    try registry.register(
        schedule: "cosine", summary: "Half a cosine down to min_lr (Loshchilov and Hutter 2017)",
        options: CosineOptions.self)
    try registry.register(
        schedule: "poly", summary: "A power of what is left of training, down to min_lr",
        options: PolynomialOptions.self)
    try registry.register(
        schedule: "one_cycle", summary: "One rise and one long fall (Smith and Topin 2018)",
        options: OneCycleOptions.self)
    try registry.register(
        schedule: "cyclical", summary: "Triangles between base_lr and max_lr (Smith 2017)",
        options: CyclicalOptions.self)
    try registry.register(
        schedule: "plateau", summary: "Times factor when a metric stops improving", options: PlateauOptions.self)
}

/// Where a warm-up starts unless the configuration says otherwise.
private let defaultWarmupFactor = 0.01

/// What configurations and initializers of schedules refuse alike.
enum ScheduleRules {
    /// - Parameter minimum: What the learning rate falls to.
    static func check(
        learningRate: Double, minimum: Double = 0, as option: String = "lr"
    ) throws(OptionError) {
        try OptionError.check(option, learningRate, .notNegative)
        try OptionError.check("min_lr", minimum, .notNegative)
        if minimum > learningRate {
            throw OptionError("min_lr", "must be no more than the learning rate \(learningRate), not \(minimum)")
        }
    }
}

private struct ConstantOptions: ScheduleOptions {
    var warmupSteps: Int?
    var warmupEpochs: Double?
    var warmupFactor = defaultWarmupFactor

    func makeSchedule(_ environment: ScheduleEnvironment, start: Int) -> any Schedule {
        ConstantSchedule(learningRate: environment.baseLearningRate)
    }
}

private struct StepOptions: ScheduleOptions {
    var intervalSteps: Int?
    var intervalEpochs: Double?
    var gamma = 0.1
    var warmupSteps: Int?
    var warmupEpochs: Double?
    var warmupFactor = defaultWarmupFactor

    private var interval: Duration { Duration("interval", steps: intervalSteps, epochs: intervalEpochs) }

    func validate() throws {
        try interval.validateIsStated()
        try OptionError.check("gamma", gamma, .positive)
        try validateWarmup()
    }

    func makeSchedule(_ environment: ScheduleEnvironment, start: Int) -> any Schedule {
        StepSchedule(
            learningRate: environment.baseLearningRate, interval: max(interval.steps(environment) ?? 1, 1),
            gamma: gamma)
    }
}

private struct MultiStepOptions: ScheduleOptions {
    var milestoneSteps: [Int]?
    var milestoneEpochs: [Double]?
    var gamma = 0.1
    var warmupSteps: Int?
    var warmupEpochs: Double?
    var warmupFactor = defaultWarmupFactor

    private var milestones: [Duration] {
        (milestoneSteps ?? []).map { Duration("milestone", steps: $0, epochs: nil) }
            + (milestoneEpochs ?? []).map { Duration("milestone", steps: nil, epochs: $0) }
    }

    func validate() throws {
        guard (milestoneSteps == nil) != (milestoneEpochs == nil) else {
            throw OptionError("milestone_epochs", "must be stated, or milestone_steps, but not both")
        }
        for milestone in milestones { try milestone.validate(minimum: 0) }
        try OptionError.check("gamma", gamma, .positive)
        try validateWarmup()
    }

    func makeSchedule(_ environment: ScheduleEnvironment, start: Int) -> any Schedule {
        MultiStepSchedule(
            learningRate: environment.baseLearningRate, milestones: milestones.compactMap { $0.steps(environment) },
            gamma: gamma)
    }
}

private struct CosineOptions: ScheduleOptions {
    var minLr = 0.0
    var warmupSteps: Int?
    var warmupEpochs: Double?
    var warmupFactor = defaultWarmupFactor

    func validate() throws {
        try OptionError.check("min_lr", minLr, .notNegative)
        try validateWarmup()
    }

    func makeSchedule(_ environment: ScheduleEnvironment, start: Int) throws -> any Schedule {
        try ScheduleRules.check(learningRate: environment.baseLearningRate, minimum: minLr)
        return CosineSchedule(
            learningRate: environment.baseLearningRate, minimum: minLr, span: environment.steps(from: start))
    }
}

private struct PolynomialOptions: ScheduleOptions {
    var power = 0.9
    var minLr = 0.0
    var warmupSteps: Int?
    var warmupEpochs: Double?
    var warmupFactor = defaultWarmupFactor

    func validate() throws {
        try OptionError.check("power", power, .positive)
        try OptionError.check("min_lr", minLr, .notNegative)
        try validateWarmup()
    }

    func makeSchedule(_ environment: ScheduleEnvironment, start: Int) throws -> any Schedule {
        try ScheduleRules.check(learningRate: environment.baseLearningRate, minimum: minLr)
        return PolynomialSchedule(
            learningRate: environment.baseLearningRate, minimum: minLr, power: power,
            span: environment.steps(from: start))
    }
}

private struct OneCycleOptions: ScheduleOptions {
    /// The optimizer's learning rate where it is left out.
    var maxLr: Double?
    var riseFraction = 0.3
    var initialDivisor = 25.0
    var finalDivisor = 1e4
    var annealing = OneCycleSchedule.Annealing.cosine
    var warmupSteps: Int?
    var warmupEpochs: Double?
    var warmupFactor = defaultWarmupFactor

    func validate() throws {
        if let maxLr { try OptionError.check("max_lr", maxLr, .positive) }
        try OneCycleSchedule.check(
            riseFraction: riseFraction, initialDivisor: initialDivisor, finalDivisor: finalDivisor)
        try validateWarmup()
    }

    func makeSchedule(_ environment: ScheduleEnvironment, start: Int) -> any Schedule {
        OneCycleSchedule(
            maximum: maxLr ?? environment.baseLearningRate, span: environment.steps(from: start),
            riseFraction: riseFraction, initialDivisor: initialDivisor, finalDivisor: finalDivisor,
            annealing: annealing)
    }
}

private struct CyclicalOptions: ScheduleOptions {
    /// The optimizer's learning rate where it is left out.
    var baseLr: Double?
    var maxLr: Double?
    var halfCycleSteps: Int?
    var halfCycleEpochs: Double?
    var policy = CyclicalSchedule.Policy.triangular
    var gamma = 1.0
    var warmupSteps: Int?
    var warmupEpochs: Double?
    var warmupFactor = defaultWarmupFactor

    private var halfCycle: Duration { Duration("half_cycle", steps: halfCycleSteps, epochs: halfCycleEpochs) }

    func validate() throws {
        if let baseLr { try OptionError.check("base_lr", baseLr, .positive) }
        guard maxLr != nil else { throw OptionError("max_lr", "must be stated: the learning rate at the tops") }
        if let maxLr { try OptionError.check("max_lr", maxLr, .positive) }
        try halfCycle.validateIsStated()
        try OptionError.check("gamma", gamma, .positive)
        try validateWarmup()
    }

    func makeSchedule(_ environment: ScheduleEnvironment, start: Int) throws -> any Schedule {
        let minimum = baseLr ?? environment.baseLearningRate
        try CyclicalSchedule.check(minimum: minimum, maximum: maxLr ?? minimum)
        return CyclicalSchedule(
            minimum: minimum, maximum: maxLr ?? minimum, halfCycle: max(halfCycle.steps(environment) ?? 1, 1),
            policy: policy, gamma: gamma, start: start)
    }
}

private struct PlateauOptions: ScheduleOptions {
    var metric = "validation_loss"
    var mode = MetricMode.min
    var factor = 0.1
    var patience = 10
    var cooldown = 0
    var threshold = 1e-4
    var relativeThreshold = true
    var minLr = 0.0
    var warmupSteps: Int?
    var warmupEpochs: Double?
    var warmupFactor = defaultWarmupFactor

    func validate() throws {
        try PlateauSchedule.check(factor: factor, patience: patience, cooldown: cooldown, threshold: threshold)
        try OptionError.check("min_lr", minLr, .notNegative)
        try validateWarmup()
    }

    func makeSchedule(_ environment: ScheduleEnvironment, start: Int) throws -> any Schedule {
        try ScheduleRules.check(learningRate: environment.baseLearningRate, minimum: minLr)
        return PlateauSchedule(
            learningRate: environment.baseLearningRate, metric: metric, mode: mode, factor: factor,
            patience: patience, cooldown: cooldown,
            threshold: PlateauSchedule.Threshold(amount: threshold, isRelative: relativeThreshold), minimum: minLr)
    }
}

extension ScheduleEnvironment {
    /// The steps that are left for a schedule after its warm-up; none where that takes all of training.
    fileprivate func steps(from start: Int) -> Range<Int> { start..<max(start, totalSteps) }
}
