import NNLayers

/// The learning rate times `factor` when a metric has stopped improving, as
/// `torch.optim.lr_scheduler.ReduceLROnPlateau`. It never raises the learning rate.
public struct PlateauSchedule: Schedule {
    /// When a value counts as better than the best so far.
    public struct Threshold: Sendable, Hashable {
        /// The least improvement that counts; 0 or more.
        public let amount: Double
        /// Whether `amount` is a part of the best value or a difference from it. It is a part of the magnitude, so
        /// that values below 0 must become better as well; PyTorch takes the value with its sign.
        public let isRelative: Bool

        /// Creates a threshold.
        public init(amount: Double = 1e-4, isRelative: Bool = true) {
            require(amount, .notNegative, "PlateauSchedule.Threshold: amount")
            self.amount = amount
            self.isRelative = isRelative
        }
    }

    public let metric: String?
    public let mode: MetricMode?
    private let learningRate: Double
    private let minimum: Double
    private let factor: Double
    private let patience: Int
    private let cooldown: Int
    private let threshold: Threshold

    private var current: Double
    private var best: Double
    private var reportsWithoutImprovement = 0
    private var cooldownLeft = 0

    /// Creates the schedule.
    /// - Parameters:
    ///   - learningRate: That before the first reduction; 0 or more.
    ///   - metric: The metric to watch, such as `validation_loss`.
    ///   - mode: Whether the metric is to become small or large; nil, the default, for what `report(_:mode:)` says, and
    ///     small where `report(_:)` does not say it.
    ///   - factor: The factor of each reduction, between 0 and 1.
    ///   - patience: The number of reports without improvement after which the next one reduces the learning rate.
    ///   - cooldown: The number of reports after a reduction that do not count.
    ///   - threshold: The improvement that counts.
    ///   - minimum: The least learning rate; no more than the first.
    public init(
        learningRate: Double, metric: String, mode: MetricMode? = nil, factor: Double = 0.1, patience: Int = 10,
        cooldown: Int = 0, threshold: Threshold = Threshold(), minimum: Double = 0
    ) {
        requireOptions("PlateauSchedule") {
            try ScheduleRules.check(learningRate: learningRate, minimum: minimum)
            try Self.check(factor: factor, patience: patience, cooldown: cooldown, threshold: threshold.amount)
        }
        self.learningRate = learningRate
        self.metric = metric
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.cooldown = cooldown
        self.threshold = threshold
        self.minimum = minimum
        current = learningRate
        best = (mode ?? .min).worst
    }

    /// Checks that configurations and initializers have in common.
    static func check(factor: Double, patience: Int, cooldown: Int, threshold: Double) throws(OptionError) {
        try OptionError.check("factor", factor, .properFraction)
        try OptionError.check("patience", patience, .notNegative)
        try OptionError.check("cooldown", cooldown, .notNegative)
        try OptionError.check("threshold", threshold, .notNegative)
    }

    public func learningRate(at step: Int) -> Double { current }

    public mutating func report(_ value: Double) { report(value, mode: .min) }

    public mutating func report(_ value: Double, mode: MetricMode) {
        if isImprovement(value, self.mode ?? mode) {
            best = value
            reportsWithoutImprovement = 0
        } else {
            reportsWithoutImprovement += 1
        }
        if cooldownLeft > 0 {
            cooldownLeft -= 1
            reportsWithoutImprovement = 0
        }
        if reportsWithoutImprovement > patience {
            // Resumed with another minimum it may be below that already.
            current = min(current, max(current * factor, minimum))
            cooldownLeft = cooldown
            reportsWithoutImprovement = 0
        }
    }

    private func isImprovement(_ value: Double, _ mode: MetricMode) -> Bool {
        guard best.isFinite else { return mode.isBetter(value, than: mode.worst) }
        let margin = threshold.isRelative ? abs(best) * threshold.amount : threshold.amount
        return mode.isBetter(value, than: best, by: margin)
    }
}

extension PlateauSchedule {
    public var savedState: SavedState {
        SavedState(scalars: [
            "learning_rate": current, "base_learning_rate": learningRate, "best": best,
            "reports_without_improvement": Double(reportsWithoutImprovement), "cooldown_left": Double(cooldownLeft),
        ])
    }

    public mutating func restore(_ state: SavedState) throws(SavedStateError) {
        var restored = self
        // Resumed with another learning rate, it is as far reduced as it was.
        let base = try state.scalar("base_learning_rate")
        let saved = try state.scalar("learning_rate")
        restored.current = base == learningRate ? saved : max(learningRate * saved / base, minimum)
        restored.best = try state.scalar("best")
        restored.reportsWithoutImprovement = try state.count("reports_without_improvement")
        restored.cooldownLeft = try state.count("cooldown_left")
        self = restored
    }
}

extension ScheduleTemplate {
    /// A ``PlateauSchedule``; a training loop tells it of the metric by ``Optimizer/report(_:)``.
    /// - Parameters:
    ///   - metric: The metric to watch, by the name that a `Trainer` knows it under.
    ///   - mode: Whether the metric is to become small or large; nil, the default, for what it is measured for.
    ///   - factor: The factor of each reduction, between 0 and 1.
    ///   - patience: The number of reports without improvement after which the next one reduces the learning rate.
    ///   - cooldown: The number of reports after a reduction that do not count.
    ///   - threshold: The improvement that counts.
    ///   - minimum: The least learning rate.
    public static func plateau(
        metric: String = "validation_loss", mode: MetricMode? = nil, factor: Double = 0.1, patience: Int = 10,
        cooldown: Int = 0, threshold: PlateauSchedule.Threshold = PlateauSchedule.Threshold(), minimum: Double = 0
    ) -> ScheduleTemplate {
        ScheduleTemplate { rate, _ in
            PlateauSchedule(
                learningRate: rate, metric: metric, mode: mode, factor: factor, patience: patience,
                cooldown: cooldown, threshold: threshold, minimum: minimum)
        }
    }
}

extension PlateauSchedule {
    /// Options of ``PlateauSchedule``.
    struct Options: ScheduleOptions {
        /// The metric to watch.
        var metric = "validation_loss"
        /// Whether the metric is to become small or large; null for what it is measured for: a loss small, an accuracy
        /// large.
        var mode: MetricMode?
        /// The factor of each reduction.
        var factor = 0.1
        /// The number of epochs without improvement after which the next one reduces the learning rate.
        var patience = 10
        /// The number of epochs after a reduction that do not count.
        var cooldown = 0
        /// The least improvement that counts.
        var threshold = 1e-4
        /// Whether the threshold is a part of the best value or a difference from it.
        var relativeThreshold = true
        /// The least learning rate.
        var minLr = 0.0
        /// The length of the warm-up in steps.
        var warmupSteps: Int?
        /// The length of the warm-up in epochs.
        var warmupEpochs: Double?
        /// The part of the learning rate at which the warm-up starts.
        var warmupFactor = Warmup.defaultFactor

        init() {}

        func validate() throws {
            try PlateauSchedule.check(
                factor: factor, patience: patience, cooldown: cooldown, threshold: threshold)
            try check("min_lr", minLr, .notNegative)
            try validateWarmup()
        }

        func template(_ environment: ScheduleEnvironment) throws -> ScheduleTemplate {
            try ScheduleRules.check(learningRate: environment.baseLearningRate, minimum: minLr)
            return .plateau(
                metric: metric, mode: mode, factor: factor, patience: patience, cooldown: cooldown,
                threshold: Threshold(amount: threshold, isRelative: relativeThreshold), minimum: minLr)
        }
    }
}
