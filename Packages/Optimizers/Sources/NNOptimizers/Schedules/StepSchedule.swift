import Foundation
import NNLayers

/// The learning rate times `gamma` after each interval, as `torch.optim.lr_scheduler.StepLR`.
public struct StepSchedule: Schedule {
    private let learningRate: Double
    private let interval: Int
    private let gamma: Double

    /// Creates the schedule.
    /// - Parameters:
    ///   - learningRate: That of the first interval; 0 or more.
    ///   - interval: The number of steps between two changes.
    ///   - gamma: The factor of each change; positive.
    public init(learningRate: Double, interval: Int, gamma: Double = 0.1) {
        requireOptions("StepSchedule") {
            try ScheduleRules.check(learningRate: learningRate)
            try OptionError.check("interval_steps", interval, .count)
            try OptionError.check("gamma", gamma, .positive)
        }
        self.learningRate = learningRate
        self.interval = interval
        self.gamma = gamma
    }

    public func learningRate(at step: Int) -> Double {
        ScheduleRules.bounded(learningRate * pow(gamma, Double(step / interval)))
    }
}

/// The learning rate times `gamma` at each milestone, as `torch.optim.lr_scheduler.MultiStepLR`.
public struct MultiStepSchedule: Schedule {
    private let learningRate: Double
    private let milestones: [Int]
    private let gamma: Double

    /// Creates the schedule.
    /// - Parameters:
    ///   - learningRate: That before the first milestone; 0 or more.
    ///   - milestones: The steps from which on the next factor counts.
    ///   - gamma: The factor of each change; positive.
    public init(learningRate: Double, milestones: [Int], gamma: Double = 0.1) {
        requireOptions("MultiStepSchedule") {
            try ScheduleRules.check(learningRate: learningRate)
            for milestone in milestones { try OptionError.check("milestone_steps", milestone, .notNegative) }
            try OptionError.check("gamma", gamma, .positive)
        }
        self.learningRate = learningRate
        self.milestones = milestones
        self.gamma = gamma
    }

    public func learningRate(at step: Int) -> Double {
        ScheduleRules.bounded(learningRate * pow(gamma, Double(milestones.count { $0 <= step })))
    }
}

extension ScheduleTemplate {
    /// A ``StepSchedule``: the learning rate times `gamma` after every `interval` steps.
    public static func step(interval: Int, gamma: Double = 0.1) -> ScheduleTemplate {
        ScheduleTemplate { rate, _ in StepSchedule(learningRate: rate, interval: interval, gamma: gamma) }
    }

    /// A ``MultiStepSchedule``: the learning rate times `gamma` at each of some steps.
    public static func multiStep(milestones: [Int], gamma: Double = 0.1) -> ScheduleTemplate {
        ScheduleTemplate { rate, _ in MultiStepSchedule(learningRate: rate, milestones: milestones, gamma: gamma) }
    }
}

extension StepSchedule {
    /// Options of ``StepSchedule``.
    struct Options: ScheduleOptions {
        /// The number of steps between two changes.
        var intervalSteps: Int?
        /// The number of epochs between two changes.
        var intervalEpochs: Double?
        /// The factor of each change.
        var gamma = 0.1
        /// The length of the warm-up in steps.
        var warmupSteps: Int?
        /// The length of the warm-up in epochs.
        var warmupEpochs: Double?
        /// The part of the learning rate at which the warm-up starts.
        var warmupFactor = Warmup.defaultFactor

        init() {}

        private var interval: ScheduleLength {
            ScheduleLength("interval", steps: intervalSteps, epochs: intervalEpochs)
        }

        func validate() throws {
            try interval.validateIsStated()
            try check("gamma", gamma, .positive)
            try validateWarmup()
        }

        func template(_ environment: ScheduleEnvironment) -> ScheduleTemplate {
            .step(interval: max(interval.steps(environment) ?? 1, 1), gamma: gamma)
        }
    }
}

extension MultiStepSchedule {
    /// Options of ``MultiStepSchedule``.
    struct Options: ScheduleOptions {
        /// The steps from which on the next factor counts.
        var milestoneSteps: [Int]?
        /// The epochs after which the next factor counts.
        var milestoneEpochs: [Double]?
        /// The factor of each change.
        var gamma = 0.1
        /// The length of the warm-up in steps.
        var warmupSteps: Int?
        /// The length of the warm-up in epochs.
        var warmupEpochs: Double?
        /// The part of the learning rate at which the warm-up starts.
        var warmupFactor = Warmup.defaultFactor

        init() {}

        private var milestones: [ScheduleLength] {
            (milestoneSteps ?? []).map { ScheduleLength("milestone", steps: $0, epochs: nil) }
                + (milestoneEpochs ?? []).map { ScheduleLength("milestone", steps: nil, epochs: $0) }
        }

        func validate() throws {
            guard (milestoneSteps == nil) != (milestoneEpochs == nil) else {
                throw OptionError("milestone_epochs", "must be stated, or milestone_steps, but not both")
            }
            for milestone in milestones { try milestone.validate(minimum: 0) }
            try check("gamma", gamma, .positive)
            try validateWarmup()
        }

        func template(_ environment: ScheduleEnvironment) -> ScheduleTemplate {
            .multiStep(milestones: milestones.compactMap { $0.steps(environment) }, gamma: gamma)
        }
    }
}
