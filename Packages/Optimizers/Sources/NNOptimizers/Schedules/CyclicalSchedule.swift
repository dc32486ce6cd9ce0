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
        /// Times `gamma` to the power of the step.
        case expRange = "exp_range"
    }

    public let minimum: Double
    public let maximum: Double
    public let halfCycle: Int
    public let policy: Policy
    public let gamma: Double
    public let start: Int

    /// - Parameters:
    ///   - halfCycle: The number of steps from the minimum to the maximum.
    ///   - gamma: Of `exp_range`.
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

    /// What configurations and initializers refuse alike.
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
        return minimum + (maximum - minimum) * height * scale
    }
}
