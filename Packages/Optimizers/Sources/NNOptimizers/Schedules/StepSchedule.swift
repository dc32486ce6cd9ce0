import Foundation
import NNLayers

/// The learning rate times `gamma` after each so many steps, as `torch.optim.lr_scheduler.StepLR`.
public struct StepSchedule: Schedule {
    public let learningRate: Double
    public let interval: Int
    public let gamma: Double

    /// - Parameter interval: The number of steps between two changes.
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

    public func learningRate(at step: Int) -> Double { learningRate * pow(gamma, Double(step / interval)) }
}

/// The learning rate times `gamma` at each of the milestones, as
/// `torch.optim.lr_scheduler.MultiStepLR`.
public struct MultiStepSchedule: Schedule {
    public let learningRate: Double
    public let milestones: [Int]
    public let gamma: Double

    /// - Parameter milestones: The steps from which on the next factor counts.
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
        learningRate * pow(gamma, Double(milestones.count { $0 <= step }))
    }
}
