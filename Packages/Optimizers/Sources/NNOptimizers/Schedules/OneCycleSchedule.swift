import Foundation
import NNLayers

/// One rise to the learning rate and one long fall to almost nothing (Smith and Topin 2018), as
/// `torch.optim.lr_scheduler.OneCycleLR` with two phases; momentum stays as it is.
public struct OneCycleSchedule: Schedule {
    /// The curve of the rise and of the fall.
    public enum Annealing: String, Sendable, Codable, CaseIterable {
        /// Half a period of a cosine, flat at both ends.
        case cosine
        /// A straight line.
        case linear
    }

    private let maximum: Double
    private let span: Range<Int>
    private let riseFraction: Double
    private let initialDivisor: Double
    private let finalDivisor: Double
    private let annealing: Annealing

    /// Creates the schedule.
    /// - Parameters:
    ///   - maximum: The learning rate at the top; 0 or more.
    ///   - span: All steps of the cycle.
    ///   - riseFraction: The part of the steps in which the learning rate rises, from 0 to 1.
    ///   - initialDivisor: The learning rate starts at maximum / initialDivisor; positive.
    ///   - finalDivisor: The learning rate ends at maximum / initialDivisor / finalDivisor; positive.
    ///   - annealing: The curve of the rise and of the fall.
    public init(
        maximum: Double, span: Range<Int>, riseFraction: Double = 0.3, initialDivisor: Double = 25,
        finalDivisor: Double = 1e4, annealing: Annealing = .cosine
    ) {
        requireOptions("OneCycleSchedule") {
            try ScheduleRules.check(learningRate: maximum, as: "max_lr")
            try Self.check(riseFraction: riseFraction, initialDivisor: initialDivisor, finalDivisor: finalDivisor)
        }
        self.maximum = maximum
        self.span = span
        self.riseFraction = riseFraction
        self.initialDivisor = initialDivisor
        self.finalDivisor = finalDivisor
        self.annealing = annealing
    }

    /// Checks that configurations and initializers have in common.
    static func check(riseFraction: Double, initialDivisor: Double, finalDivisor: Double) throws(OptionError) {
        try OptionError.check("rise_fraction", riseFraction, .fraction)
        try OptionError.check("initial_divisor", initialDivisor, .positive)
        try OptionError.check("final_divisor", finalDivisor, .positive)
    }

    public func learningRate(at step: Int) -> Double {
        let initial = ScheduleRules.bounded(maximum / initialDivisor)
        let final = ScheduleRules.bounded(initial / finalDivisor)
        guard !span.isEmpty else { return step <= span.lowerBound ? initial : final }
        let position = Double(min(max(step - span.lowerBound, 0), span.count - 1))
        // The last step of each phase has its end value, as in PyTorch.
        let top = riseFraction * Double(span.count) - 1
        let end = Double(span.count) - 1
        if position <= top { return between(initial, maximum, top > 0 ? position / top : 1) }
        return between(maximum, final, end > top ? (position - top) / (end - top) : 1)
    }

    private func between(_ start: Double, _ end: Double, _ fraction: Double) -> Double {
        switch annealing {
        case .linear: start + (end - start) * fraction
        case .cosine: end + (start - end) * (1 + cos(.pi * fraction)) / 2
        }
    }
}

extension ScheduleTemplate {
    /// A ``OneCycleSchedule`` of `steps`, which include those of a warm-up.
    /// - Parameters:
    ///   - peak: The learning rate at the top; by default the optimizer's.
    ///   - steps: The number of steps of training.
    ///   - riseFraction: The part of the steps in which the learning rate rises.
    ///   - initialDivisor: The learning rate starts at peak / initialDivisor.
    ///   - finalDivisor: The learning rate ends at peak / initialDivisor / finalDivisor.
    ///   - annealing: The curve of the rise and of the fall.
    public static func oneCycle(
        peak: Double? = nil, steps: Int, riseFraction: Double = 0.3, initialDivisor: Double = 25,
        finalDivisor: Double = 1e4, annealing: OneCycleSchedule.Annealing = .cosine
    ) -> ScheduleTemplate {
        ScheduleTemplate { rate, start in
            OneCycleSchedule(
                maximum: peak ?? rate, span: span(from: start, steps: steps), riseFraction: riseFraction,
                initialDivisor: initialDivisor, finalDivisor: finalDivisor, annealing: annealing)
        }
    }
}

extension OneCycleSchedule {
    /// Options of ``OneCycleSchedule``.
    struct Options: ScheduleOptions {
        /// The learning rate at the top; null for the optimizer's.
        var maxLr: Double?
        /// The part of training in which the learning rate rises.
        var riseFraction = 0.3
        /// The learning rate starts at max_lr / initial_divisor.
        var initialDivisor = 25.0
        /// The learning rate ends at max_lr / initial_divisor / final_divisor.
        var finalDivisor = 1e4
        /// The curve of the rise and of the fall.
        var annealing = Annealing.cosine
        /// The length of the warm-up in steps.
        var warmupSteps: Int?
        /// The length of the warm-up in epochs.
        var warmupEpochs: Double?
        /// The part of the learning rate at which the warm-up starts.
        var warmupFactor = Warmup.defaultFactor

        init() {}

        func validate() throws {
            if let maxLr { try check("max_lr", maxLr, .positive) }
            try OneCycleSchedule.check(
                riseFraction: riseFraction, initialDivisor: initialDivisor, finalDivisor: finalDivisor)
            try validateWarmup()
        }

        func template(_ environment: ScheduleEnvironment) -> ScheduleTemplate {
            .oneCycle(
                peak: maxLr, steps: environment.totalSteps, riseFraction: riseFraction,
                initialDivisor: initialDivisor, finalDivisor: finalDivisor, annealing: annealing)
        }
    }
}
