import Foundation
@_spi(Kernels) import NNCore
import NNLayers

/// Adam (Kingma and Ba 2015), as `torch.optim.Adam`.
///
/// ```swift
/// let optimizer = Adam(network.parameters, learningRate: 3e-4)
/// ```
public final class Adam: Optimizer {
    /// Creates an ``Optimizer`` with ``Adam/Rule``.
    /// - Parameters:
    ///   - parameters: Parameters under unique names, such as `network.parameters`.
    ///   - learningRate: Where the schedule starts; positive.
    ///   - beta1: The decay of the mean of the gradients, from 0 to below 1.
    ///   - beta2: The decay of the mean of their squares, from 0 to below 1.
    ///   - epsilon: Added to the root of the mean square; positive.
    ///   - weightDecay: The factor of the parameter that is added to its gradient; 0 or more.
    ///   - decaysNormsAndBiases: Whether weight decay also applies to parameters of rank 1 or less.
    ///   - groups: Settings for some parameters, by name.
    ///   - schedule: The learning rate of each step.
    ///   - clipping: Limits of the gradients. By default there is none, but gradients that are not finite are found.
    public init(
        _ parameters: [(name: String, parameter: Parameter)], learningRate: Double = 1e-3, beta1: Double = 0.9,
        beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0, decaysNormsAndBiases: Bool = true,
        groups: [ParameterGroup] = [], schedule: ScheduleTemplate = .constant,
        clipping: GradientClipping = .norm(.infinity)
    ) {
        super.init(
            Rule(beta1: beta1, beta2: beta2, epsilon: epsilon), parameters, learningRate: learningRate,
            weightDecay: weightDecay, decaysNormsAndBiases: decaysNormsAndBiases, groups: groups,
            schedule: schedule, clipping: clipping)
    }
}

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), as `torch.optim.AdamW`.
///
/// ```swift
/// let optimizer = AdamW(
///     network.parameters, learningRate: 1e-3, weightDecay: 0.05, decaysNormsAndBiases: false,
///     schedule: .oneCycle(steps: 10_000), clipping: .norm(1))
/// ```
public final class AdamW: Optimizer {
    /// Creates an ``Optimizer`` with the decoupled ``Adam/Rule``.
    /// - Parameters:
    ///   - parameters: Parameters under unique names, such as `network.parameters`.
    ///   - learningRate: Where the schedule starts; positive.
    ///   - beta1: The decay of the mean of the gradients, from 0 to below 1.
    ///   - beta2: The decay of the mean of their squares, from 0 to below 1.
    ///   - epsilon: Added to the root of the mean square; positive.
    ///   - weightDecay: The part of the parameter that a step takes off, times the learning rate; 0 or more.
    ///   - decaysNormsAndBiases: Whether weight decay also applies to parameters of rank 1 or less.
    ///   - groups: Settings for some parameters, by name.
    ///   - schedule: The learning rate of each step.
    ///   - clipping: Limits of the gradients. By default there is none, but gradients that are not finite are found.
    public init(
        _ parameters: [(name: String, parameter: Parameter)], learningRate: Double = 1e-3, beta1: Double = 0.9,
        beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.01,
        decaysNormsAndBiases: Bool = true, groups: [ParameterGroup] = [], schedule: ScheduleTemplate = .constant,
        clipping: GradientClipping = .norm(.infinity)
    ) {
        super.init(
            Adam.Rule(beta1: beta1, beta2: beta2, epsilon: epsilon, decouplesWeightDecay: true), parameters,
            learningRate: learningRate, weightDecay: weightDecay, decaysNormsAndBiases: decaysNormsAndBiases,
            groups: groups, schedule: schedule, clipping: clipping)
    }
}

extension Adam {
    /// The update of Adam and AdamW.
    ///
    /// With g the gradient, p the parameter and t the number of the update: m ← β₁ · m + (1 - β₁) · g;
    /// v ← β₂ · v + (1 - β₂) · g²; p ← p - learningRate · m̂ / (√v̂ + epsilon), where m̂ = m / (1 - β₁ᵗ) and
    /// v̂ = v / (1 - β₂ᵗ). Weight decay adds weightDecay · p to g; decoupled, it takes
    /// learningRate · weightDecay · p off p instead.
    public struct Rule: UpdateRule {
        private let beta1: Double
        private let beta2: Double
        private let epsilon: Double
        private let decouplesWeightDecay: Bool

        /// Creates the rule, with the settings of ``Adam``.
        /// - Parameter decouplesWeightDecay: Whether weight decay is that of AdamW.
        public init(
            beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, decouplesWeightDecay: Bool = false
        ) {
            requireOptions("Adam") { try Self.check(beta1: beta1, beta2: beta2, epsilon: epsilon) }
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
            self.decouplesWeightDecay = decouplesWeightDecay
        }

        /// Checks that configurations and initializers have in common.
        static func check(beta1: Double, beta2: Double, epsilon: Double) throws(OptionError) {
            try OptionError.check("beta1", beta1, .fractionBelowOne)
            try OptionError.check("beta2", beta2, .fractionBelowOne)
            try OptionError.check("epsilon", epsilon, .positive)
        }

        /// `first_moment` and `second_moment`.
        public var stateNames: [String] { ["first_moment", "second_moment"] }

        public func update(_ parameter: inout Tensor, state: inout [Tensor], with update: ParameterUpdate) {
            let (rate, number) = (update.learningRate, Double(update.number))
            OptimizerKernels.adam(
                &parameter, state: &state, gradient: update.unadjustedGradient, scale: update.scale,
                limit: update.limit, stepSize: Float(rate / (1 - pow(beta1, number))),
                rootScale: Float(1 / (1 - pow(beta2, number)).squareRoot()), beta1: beta1, beta2: beta2,
                epsilon: Float(epsilon), weightDecay: decouplesWeightDecay ? 0 : Float(update.weightDecay),
                shrinkage: decouplesWeightDecay ? Float(1 - rate * update.weightDecay) : 1)
        }
    }

    /// Options of ``Adam``.
    struct Options: OptimizerOptions {
        /// The learning rate that the schedule starts from.
        var lr = 1e-3
        /// The decay of the mean of the gradients.
        var beta1 = 0.9
        /// The decay of the mean of their squares.
        var beta2 = 0.999
        /// Added to the root of the mean square.
        var epsilon = 1e-8
        /// The factor of the parameter that is added to its gradient.
        var weightDecay = 0.0
        /// Whether weight decay also applies to parameters of rank 1 or less.
        var decayNormsAndBiases = true
        /// Settings for some parameters, by name.
        var groups: [ParameterGroup] = []

        init() {}

        func validate() throws {
            try validateCommonOptions()
            try Rule.check(beta1: beta1, beta2: beta2, epsilon: epsilon)
        }

        var rule: any UpdateRule { Rule(beta1: beta1, beta2: beta2, epsilon: epsilon) }
    }
}

extension AdamW {
    /// Options of ``AdamW``.
    struct Options: OptimizerOptions {
        /// The learning rate that the schedule starts from.
        var lr = 1e-3
        /// The decay of the mean of the gradients.
        var beta1 = 0.9
        /// The decay of the mean of their squares.
        var beta2 = 0.999
        /// Added to the root of the mean square.
        var epsilon = 1e-8
        /// The part of the parameter that a step takes off, times the learning rate.
        var weightDecay = 0.01
        /// Whether weight decay also applies to parameters of rank 1 or less.
        var decayNormsAndBiases = true
        /// Settings for some parameters, by name.
        var groups: [ParameterGroup] = []

        init() {}

        func validate() throws {
            try validateCommonOptions()
            try Adam.Rule.check(beta1: beta1, beta2: beta2, epsilon: epsilon)
        }

        var rule: any UpdateRule {
            Adam.Rule(beta1: beta1, beta2: beta2, epsilon: epsilon, decouplesWeightDecay: true)
        }
    }
}
