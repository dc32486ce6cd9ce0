import Foundation
import NNLayers

/// One rise to the learning rate and one long fall to almost nothing (Smith and Topin 2018), as
/// `torch.optim.lr_scheduler.OneCycleLR` with two phases; momentum stays as it is.
public struct OneCycleSchedule: Schedule {
    /// The curve of the rise and of the fall.
    public enum Annealing: String, Sendable, Codable, CaseIterable {
        case cosine, linear
    }

    public let maximum: Double
    public let span: Range<Int>
    public let riseFraction: Double
    public let initialDivisor: Double
    public let finalDivisor: Double
    public let annealing: Annealing

    /// - Parameters:
    ///   - maximum: The learning rate at the top.
    ///   - span: All steps of the cycle.
    ///   - riseFraction: The part of the steps in which the learning rate rises.
    ///   - initialDivisor: It starts at maximum / initialDivisor.
    ///   - finalDivisor: It ends at maximum / initialDivisor / finalDivisor.
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

    /// What configurations and initializers refuse alike.
    static func check(riseFraction: Double, initialDivisor: Double, finalDivisor: Double) throws(OptionError) {
        try OptionError.check("rise_fraction", riseFraction, .fraction)
        try OptionError.check("initial_divisor", initialDivisor, .positive)
        try OptionError.check("final_divisor", finalDivisor, .positive)
    }

    public func learningRate(at step: Int) -> Double {
        let initial = maximum / initialDivisor
        guard !span.isEmpty else { return step <= span.lowerBound ? initial : initial / finalDivisor }
        let position = Double(min(max(step - span.lowerBound, 0), span.count - 1))
        // The last step of each phase has its end value, as in PyTorch.
        let top = riseFraction * Double(span.count) - 1
        let end = Double(span.count) - 1
        if position <= top { return between(initial, maximum, top > 0 ? position / top : 1) }
        return between(maximum, initial / finalDivisor, end > top ? (position - top) / (end - top) : 1)
    }

    private func between(_ start: Double, _ end: Double, _ fraction: Double) -> Double {
        switch annealing {
        case .linear: start + (end - start) * fraction
        case .cosine: end + (start - end) * (1 + cos(.pi * fraction)) / 2
        }
    }
}
