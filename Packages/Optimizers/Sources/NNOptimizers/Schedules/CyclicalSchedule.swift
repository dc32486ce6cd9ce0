import Foundation
import NNLayers

/// A learning rate that rises and falls between two values in straight lines (Smith 2017), as
/// `torch.optim.lr_scheduler.CyclicLR`.
public struct CyclicalSchedule: Schedule {
    /// How the height of the triangles changes.
    public enum Policy: String, Sendable, Codable, CaseIterable {
        /// Always the same.
        case triangular
        /// Halved after each cycle.
        case triangular2
        /// Multiplied by `gamma` to the power of the step.
        case expRange = "exp_range"
    }

    private let minimum: Double
    private let maximum: Double
    private let halfCycle: Int
    private let policy: Policy
    private let gamma: Double
    private let start: Int

    /// Creates the schedule.
    /// - Parameters:
    ///   - minimum: The learning rate at the bottoms; 0 or more.
    ///   - maximum: The learning rate at the tops; no less than the minimum.
    ///   - halfCycle: The number of steps from the minimum to the maximum.
    ///   - policy: How the height of the triangles changes.
    ///   - gamma: The base of `Policy.expRange`; positive.
    ///   - start: The step at which the first cycle begins.
    public init(
        minimum: Double, maximum: Double, halfCycle: Int, policy: Policy = .triangular, gamma: Double = 1,
        start: Int = 0
    ) {
        requireOptions("CyclicalSchedule") {
            try Self.check(minimum: minimum, maximum: maximum)
            try OptionError.check("half_cycle_steps", halfCycle, .count)
            try OptionError.check("gamma", gamma, .positive)
        }
        self.minimum = minimum
        self.maximum = maximum
        self.halfCycle = halfCycle
        self.policy = policy
        self.gamma = gamma
        self.start = start
    }

    /// Checks that configurations and initializers have in common.
    static func check(minimum: Double, maximum: Double) throws(OptionError) {
        try ScheduleRules.check(learningRate: minimum, as: "base_lr")
        try ScheduleRules.check(learningRate: maximum, as: "max_lr")
        if maximum < minimum { throw OptionError("max_lr", "must be no less than base_lr \(minimum), not \(maximum)") }
    }

    public func learningRate(at step: Int) -> Double {
        let position = max(step - start, 0)
        let (cycle, phase) = position.quotientAndRemainder(dividingBy: 2 * halfCycle)
        let height = Double(phase <= halfCycle ? phase : 2 * halfCycle - phase) / Double(halfCycle)
        let scale =
            switch policy {
            case .triangular: 1.0
            case .triangular2: pow(0.5, Double(cycle))
            case .expRange: pow(gamma, Double(position))
            }
        return ScheduleRules.bounded(minimum + (maximum - minimum) * height * scale)
    }
}

extension ScheduleTemplate {
    /// A ``CyclicalSchedule``, which begins after the warm-up.
    /// - Parameters:
    ///   - minimum: The learning rate at the bottoms; by default the optimizer's.
    ///   - maximum: The learning rate at the tops.
    ///   - halfCycle: The number of steps from the minimum to the maximum.
    ///   - policy: How the height of the triangles changes.
    ///   - gamma: The base of `Policy.expRange`.
    public static func cyclical(
        minimum: Double? = nil, maximum: Double, halfCycle: Int, policy: CyclicalSchedule.Policy = .triangular,
        gamma: Double = 1
    ) -> ScheduleTemplate {
        ScheduleTemplate { rate, start in
            CyclicalSchedule(
                minimum: minimum ?? rate, maximum: maximum, halfCycle: halfCycle, policy: policy, gamma: gamma,
                start: start)
        }
    }
}

extension CyclicalSchedule {
    /// Options of ``CyclicalSchedule``.
    struct Options: ScheduleOptions {
        /// The learning rate at the bottoms; null for the optimizer's.
        var baseLr: Double?
        /// The learning rate at the tops; must be stated.
        var maxLr: Double?
        /// The number of steps from a bottom to a top.
        var halfCycleSteps: Int?
        /// The number of epochs from a bottom to a top.
        var halfCycleEpochs: Double?
        /// How the height of the triangles changes.
        var policy = Policy.triangular
        /// The base of `exp_range`.
        var gamma = 1.0
        /// The length of the warm-up in steps.
        var warmupSteps: Int?
        /// The length of the warm-up in epochs.
        var warmupEpochs: Double?
        /// The part of the learning rate at which the warm-up starts.
        var warmupFactor = Warmup.defaultFactor

        init() {}

        private var halfCycle: ScheduleLength {
            ScheduleLength("half_cycle", steps: halfCycleSteps, epochs: halfCycleEpochs)
        }

        func validate() throws {
            if let baseLr { try check("base_lr", baseLr, .positive) }
            guard let maxLr else { throw OptionError("max_lr", "must be stated: the learning rate at the tops") }
            try check("max_lr", maxLr, .positive)
            try halfCycle.validateIsStated()
            try check("gamma", gamma, .positive)
            try validateWarmup()
        }

        func template(_ environment: ScheduleEnvironment) throws -> ScheduleTemplate {
            let minimum = baseLr ?? environment.baseLearningRate
            try CyclicalSchedule.check(minimum: minimum, maximum: maxLr ?? minimum)
            return .cyclical(
                minimum: minimum, maximum: maxLr ?? minimum, halfCycle: max(halfCycle.steps(environment) ?? 1, 1),
                policy: policy, gamma: gamma)
        }
    }
}
