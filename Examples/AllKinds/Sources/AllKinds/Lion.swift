import NNLayers
import NNOptimizers

/// Lion (Chen et al. 2023): steps by the sign of an average of the momentum and the gradient, with decoupled weight
/// decay. Its learning rate is three to ten times smaller than that of AdamW.
public final class Lion: Optimizer {
    /// Creates an optimizer with ``Lion/Rule``.
    /// - Parameters:
    ///   - parameters: Parameters under unique names, such as `network.parameters`.
    ///   - learningRate: Where the schedule starts; positive.
    ///   - beta1: The share of the momentum in a step, from 0 to below 1.
    ///   - beta2: The share of the old momentum in the new one, from 0 to below 1.
    ///   - weightDecay: The part of a parameter that a step of learning rate 1 takes away; 0 or more.
    ///   - schedule: The learning rate of each step.
    public init(
        _ parameters: [(name: String, parameter: Parameter)], learningRate: Double = 1e-4, beta1: Double = 0.9,
        beta2: Double = 0.99, weightDecay: Double = 0, schedule: ScheduleTemplate = .constant
    ) {
        super.init(
            Rule(beta1: beta1, beta2: beta2), parameters, learningRate: learningRate, weightDecay: weightDecay,
            schedule: schedule)
    }
}

extension Lion {
    /// With g the gradient, p the parameter and m the momentum:
    /// p ← p - learningRate · (sign(beta1 · m + (1 - beta1) · g) + weightDecay · p); m ← beta2 · m + (1 - beta2) · g.
    public struct Rule: UpdateRule {
        private let beta1: Float
        private let beta2: Float

        /// Creates the rule, with the settings of ``Lion``.
        public init(beta1: Double = 0.9, beta2: Double = 0.99) {
            requireOptions("Lion") { try Self.check(beta1: beta1, beta2: beta2) }
            (self.beta1, self.beta2) = (Float(beta1), Float(beta2))
        }

        fileprivate static func check(beta1: Double, beta2: Double) throws(OptionError) {
            try OptionError.check("beta1", beta1, .fractionBelowOne)
            try OptionError.check("beta2", beta2, .fractionBelowOne)
        }

        public var stateNames: [String] { ["momentum"] }

        public func update(_ parameter: inout Tensor, state: inout [Tensor], with update: ParameterUpdate) {
            let gradient = update.gradient
            let direction = (state[0] * beta1 + gradient * (1 - beta1)).sign()
            let decay = Float(1 - update.learningRate * update.weightDecay)
            parameter = parameter * decay - direction * Float(update.learningRate)
            state[0].move(toward: gradient, rate: 1 - beta2)
        }
    }

    /// Options of ``Lion``.
    public struct Options: OptimizerOptions {
        /// The learning rate that the schedule starts from.
        public var lr = 1e-4
        /// The share of the momentum in a step.
        public var beta1 = 0.9
        /// The share of the old momentum in the new one.
        public var beta2 = 0.99
        /// The part of a parameter that a step of learning rate 1 takes away.
        public var weightDecay = 0.0
        /// Whether weight decay also applies to parameters of rank 1 or less.
        public var decayNormsAndBiases = true
        /// Settings for some parameters, by name.
        public var groups: [ParameterGroup] = []

        /// The defaults.
        public init() {}

        public func validate() throws {
            try validateCommonOptions()
            try Rule.check(beta1: beta1, beta2: beta2)
        }

        public var rule: any UpdateRule { Rule(beta1: beta1, beta2: beta2) }
    }
}
