import NNLayers

/// The learning rate times `factor` when a measured value has stopped improving, as
/// `torch.optim.lr_scheduler.ReduceLROnPlateau`. It never raises the learning rate.
public struct PlateauSchedule: Schedule {
    /// When a value counts as better than the best so far.
    public struct Threshold: Sendable, Hashable {
        public var amount: Double
        /// Whether `amount` is a part of the best value or a difference from it. It is a part of the magnitude, so
        /// that values below 0 must become better as well; PyTorch takes the value with its sign.
        public var isRelative: Bool

        public init(amount: Double = 1e-4, isRelative: Bool = true) {
            require(amount, .notNegative, "PlateauSchedule.Threshold: amount")
            self.amount = amount
            self.isRelative = isRelative
        }
    }

    public let learningRate: Double
    public let minimum: Double
    public let factor: Double
    public let patience: Int
    public let cooldown: Int
    public let threshold: Threshold
    public let mode: MetricMode
    public let metric: String?

    private var current: Double
    private var best: Double
    private var reportsWithoutImprovement = 0
    private var cooldownLeft = 0

    /// - Parameters:
    ///   - metric: The measured value to watch, such as `validation_loss`.
    ///   - patience: How many reports without improvement are borne before a reduction.
    ///   - cooldown: How many reports after a reduction are not counted.
    ///   - minimum: Below which it is not reduced; no more than the learning rate.
    public init(
        learningRate: Double, metric: String, mode: MetricMode = .min, factor: Double = 0.1, patience: Int = 10,
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
        best = mode.worst
    }

    /// What configurations and initializers refuse alike.
    static func check(factor: Double, patience: Int, cooldown: Int, threshold: Double) throws(OptionError) {
        try OptionError.check("factor", factor, .properFraction)
        try OptionError.check("patience", patience, .notNegative)
        try OptionError.check("cooldown", cooldown, .notNegative)
        try OptionError.check("threshold", threshold, .notNegative)
    }

    public func learningRate(at step: Int) -> Double { current }

    public mutating func report(_ value: Double) {
        if isImprovement(value) {
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

    private func isImprovement(_ value: Double) -> Bool {
        guard best.isFinite else { return mode.isBetter(value, than: best) }
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
