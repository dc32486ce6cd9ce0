import Foundation
import NNLayers

/// Where a step lies between the first and the last of a span: 0 at its start, 1 from its end on.
private func progress(_ step: Int, in span: Range<Int>) -> Double {
    // A warm-up as long as training rises to the start of a span without steps.
    guard !span.isEmpty else { return step <= span.lowerBound ? 0 : 1 }
    return min(max(Double(step - span.lowerBound) / Double(span.count), 0), 1)
}

/// Half a cosine from the learning rate down to a smallest one (Loshchilov and Hutter 2017, without
/// restarts), as `torch.optim.lr_scheduler.CosineAnnealingLR`.
public struct CosineSchedule: Schedule {
    public let learningRate: Double
    public let minimum: Double
    public let span: Range<Int>

    /// - Parameter span: The steps over which the learning rate falls.
    public init(learningRate: Double, minimum: Double = 0, span: Range<Int>) {
        requireOptions("CosineSchedule") { try ScheduleRules.check(learningRate: learningRate, minimum: minimum) }
        self.learningRate = learningRate
        self.minimum = minimum
        self.span = span
    }

    public func learningRate(at step: Int) -> Double {
        minimum + (learningRate - minimum) * (1 + cos(.pi * progress(step, in: span))) / 2
    }
}

/// A power of the part of training that is left, from the learning rate down to a smallest one, as
/// segmentation networks use (Chen et al. 2017, power 0.9).
public struct PolynomialSchedule: Schedule {
    public let learningRate: Double
    public let minimum: Double
    public let power: Double
    public let span: Range<Int>

    /// - Parameter span: The steps over which the learning rate falls.
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
        minimum + (learningRate - minimum) * pow(1 - progress(step, in: span), power)
    }
}
