import NNLayers

/// The same learning rate at every step.
public struct ConstantSchedule: Schedule {
    private let learningRate: Double

    /// Creates the schedule.
    /// - Parameter learningRate: 0 or more.
    public init(learningRate: Double) {
        require(learningRate, .notNegative, "ConstantSchedule: learningRate")
        self.learningRate = learningRate
    }

    public func learningRate(at step: Int) -> Double { learningRate }
}

extension ScheduleTemplate {
    /// The learning rate of the optimizer at every step.
    public static let constant = ScheduleTemplate { rate, _ in ConstantSchedule(learningRate: rate) }
}

extension ConstantSchedule {
    /// Options of ``ConstantSchedule``.
    struct Options: ScheduleOptions {
        /// The length of the warm-up in steps.
        var warmupSteps: Int?
        /// The length of the warm-up in epochs.
        var warmupEpochs: Double?
        /// The part of the learning rate at which the warm-up starts.
        var warmupFactor = Warmup.defaultFactor

        init() {}

        func template(_ environment: ScheduleEnvironment) -> ScheduleTemplate { .constant }
    }
}
