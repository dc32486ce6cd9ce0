import Foundation
import NNLayers

/// Half a cosine from the learning rate down to a minimum (Loshchilov and Hutter 2017, without restarts), as
/// `torch.optim.lr_scheduler.CosineAnnealingLR`.
public struct CosineSchedule: Schedule {
    private let learningRate: Double
    private let minimum: Double
    private let span: Range<Int>

    /// Creates the schedule.
    /// - Parameters:
    ///   - learningRate: That of the first step; 0 or more.
    ///   - minimum: That from the end on; no more than the learning rate.
    ///   - span: The steps in which the learning rate falls.
    public init(learningRate: Double, minimum: Double = 0, span: Range<Int>) {
        requireOptions("CosineSchedule") { try ScheduleRules.check(learningRate: learningRate, minimum: minimum) }
        self.learningRate = learningRate
        self.minimum = minimum
        self.span = span
    }

    public func learningRate(at step: Int) -> Double {
        minimum + (learningRate - minimum) * (1 + cos(.pi * span.progress(at: step))) / 2
    }
}

/// A power of what is left of training, from the learning rate down to a minimum, as segmentation networks use it
/// (Chen et al. 2017, power 0.9).
public struct PolynomialSchedule: Schedule {
    private let learningRate: Double
    private let minimum: Double
    private let power: Double
    private let span: Range<Int>

    /// Creates the schedule.
    /// - Parameters:
    ///   - learningRate: That of the first step; 0 or more.
    ///   - minimum: That from the end on; no more than the learning rate.
    ///   - power: Positive; 1 for a straight line.
    ///   - span: The steps in which the learning rate falls.
    public init(learningRate: Double, minimum: Double = 0, power: Double = 0.9, span: Range<Int>) {
        requireOptions("PolynomialSchedule") {
            try ScheduleRules.check(learningRate: learningRate, minimum: minimum)
            try OptionError.check("power", power, .positive)
        }
        self.learningRate = learningRate
        self.minimum = minimum
        self.power = power
        self.span = span
    }

    public func learningRate(at step: Int) -> Double {
        minimum + (learningRate - minimum) * pow(1 - span.progress(at: step), power)
    }
}

extension Range<Int> {
    /// The position of a step in a span: 0 at its start, 1 from its end on.
    fileprivate func progress(at step: Int) -> Double {
        // A warm-up as long as training rises to the start of a span without steps.
        guard !isEmpty else { return step <= lowerBound ? 0 : 1 }
        return Swift.min(Swift.max(Double(step - lowerBound) / Double(count), 0), 1)
    }
}

extension ScheduleTemplate {
    /// A ``CosineSchedule``: down to a minimum at the last of `steps`, which include those of a warm-up.
    public static func cosine(steps: Int, minimum: Double = 0) -> ScheduleTemplate {
        ScheduleTemplate { rate, start in
            CosineSchedule(learningRate: rate, minimum: minimum, span: span(from: start, steps: steps))
        }
    }

    /// A ``PolynomialSchedule``: down to a minimum at the last of `steps`, which include those of a warm-up.
    public static func polynomial(steps: Int, power: Double = 0.9, minimum: Double = 0) -> ScheduleTemplate {
        ScheduleTemplate { rate, start in
            PolynomialSchedule(
                learningRate: rate, minimum: minimum, power: power, span: span(from: start, steps: steps))
        }
    }
}

extension CosineSchedule {
    /// Options of ``CosineSchedule``.
    struct Options: ScheduleOptions {
        /// The learning rate at the end of training.
        var minLr = 0.0
        /// The length of the warm-up in steps.
        var warmupSteps: Int?
        /// The length of the warm-up in epochs.
        var warmupEpochs: Double?
        /// The part of the learning rate at which the warm-up starts.
        var warmupFactor = Warmup.defaultFactor

        init() {}

        func validate() throws {
            try check("min_lr", minLr, .notNegative)
            try validateWarmup()
        }

        func template(_ environment: ScheduleEnvironment) throws -> ScheduleTemplate {
            try ScheduleRules.check(learningRate: environment.baseLearningRate, minimum: minLr)
            return .cosine(steps: environment.totalSteps, minimum: minLr)
        }
    }
}

extension PolynomialSchedule {
    /// Options of ``PolynomialSchedule``.
    struct Options: ScheduleOptions {
        /// The power of what is left of training.
        var power = 0.9
        /// The learning rate at the end of training.
        var minLr = 0.0
        /// The length of the warm-up in steps.
        var warmupSteps: Int?
        /// The length of the warm-up in epochs.
        var warmupEpochs: Double?
        /// The part of the learning rate at which the warm-up starts.
        var warmupFactor = Warmup.defaultFactor

        init() {}

        func validate() throws {
            try check("power", power, .positive)
            try check("min_lr", minLr, .notNegative)
            try validateWarmup()
        }

        func template(_ environment: ScheduleEnvironment) throws -> ScheduleTemplate {
            try ScheduleRules.check(learningRate: environment.baseLearningRate, minimum: minLr)
            return .polynomial(steps: environment.totalSteps, power: power, minimum: minLr)
        }
    }
}
