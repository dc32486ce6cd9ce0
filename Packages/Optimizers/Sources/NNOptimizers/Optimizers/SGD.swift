@_spi(Kernels) import NNCore
import NNLayers

/// Stochastic gradient descent with momentum, as `torch.optim.SGD`.
///
/// ```swift
/// let optimizer = SGD(
///     network.parameters, learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 5e-4,
///     schedule: .cosine(steps: 10_000).warmup(steps: 500))
/// ```
public final class SGD: Optimizer {
    /// Creates an ``Optimizer`` with ``SGD/Rule``.
    /// - Parameters:
    ///   - parameters: Parameters under unique names, such as `network.parameters`.
    ///   - learningRate: Where the schedule starts; positive.
    ///   - momentum: From 0, for none, to below 1.
    ///   - dampening: The part of each gradient that does not enter the momentum, from 0 to 1.
    ///   - nesterov: Whether to step by the momentum to come (Sutskever et al. 2013); needs momentum, no dampening.
    ///   - weightDecay: The factor of the parameter that is added to its gradient; 0 or more.
    ///   - decaysNormsAndBiases: Whether weight decay also applies to parameters of rank 1 or less.
    ///   - groups: Settings for some parameters, by name.
    ///   - schedule: The learning rate of each step.
    ///   - clipping: Limits of the gradients. By default there is none, but gradients that are not finite are found.
    public init(
        _ parameters: [(name: String, parameter: Parameter)], learningRate: Double = 0.1, momentum: Double = 0,
        dampening: Double = 0, nesterov: Bool = false, weightDecay: Double = 0, decaysNormsAndBiases: Bool = true,
        groups: [ParameterGroup] = [], schedule: ScheduleTemplate = .constant,
        clipping: GradientClipping = .norm(.infinity)
    ) {
        super.init(
            Rule(momentum: momentum, dampening: dampening, nesterov: nesterov), parameters,
            learningRate: learningRate, weightDecay: weightDecay, decaysNormsAndBiases: decaysNormsAndBiases,
            groups: groups, schedule: schedule, clipping: clipping)
    }
}

extension SGD {
    /// The update of stochastic gradient descent.
    ///
    /// With g the gradient, p the parameter and m the momentum: g ← g + weightDecay · p;
    /// m ← momentum · m + (1 - dampening) · g; p ← p - learningRate · m, or with `nesterov`
    /// p ← p - learningRate · (g + momentum · m). The first gradient enters the momentum whole.
    public struct Rule: UpdateRule {
        private let momentum: Double
        private let dampening: Double
        private let nesterov: Bool

        /// Creates the rule, with the settings of ``SGD``.
        public init(momentum: Double = 0, dampening: Double = 0, nesterov: Bool = false) {
            requireOptions("SGD") { try Self.check(momentum: momentum, dampening: dampening, nesterov: nesterov) }
            self.momentum = momentum
            self.dampening = dampening
            self.nesterov = nesterov
        }

        /// Checks that configurations and initializers have in common.
        static func check(momentum: Double, dampening: Double, nesterov: Bool) throws(OptionError) {
            try OptionError.check("momentum", momentum, .fractionBelowOne)
            try OptionError.check("dampening", dampening, .fraction)
            if nesterov, momentum == 0 || dampening != 0 {
                throw OptionError("nesterov", "needs a momentum above 0 and no dampening")
            }
        }

        /// `momentum`, or nothing without momentum.
        public var stateNames: [String] { momentum == 0 ? [] : ["momentum"] }

        public func update(_ parameter: inout Tensor, state: inout [Tensor], with update: ParameterUpdate) {
            OptimizerKernels.sgd(
                &parameter, state: &state, gradient: update.unadjustedGradient, scale: update.scale,
                limit: update.limit, learningRate: Float(update.learningRate),
                weightDecay: Float(update.weightDecay), momentum: Float(momentum),
                dampening: update.number == 1 ? 0 : Float(dampening), nesterov: nesterov)
        }
    }

    /// Options of ``SGD``.
    struct Options: OptimizerOptions {
        /// The learning rate that the schedule starts from.
        var lr = 0.1
        /// From 0, for none, to below 1.
        var momentum = 0.0
        /// The part of each gradient that does not enter the momentum.
        var dampening = 0.0
        /// Whether to step by the momentum to come.
        var nesterov = false
        /// The factor of the parameter that is added to its gradient.
        var weightDecay = 0.0
        /// Whether weight decay also applies to parameters of rank 1 or less.
        var decayNormsAndBiases = true
        /// Settings for some parameters, by name.
        var groups: [ParameterGroup] = []

        init() {}

        func validate() throws {
            try validateCommonOptions()
            try Rule.check(momentum: momentum, dampening: dampening, nesterov: nesterov)
        }

        var rule: any UpdateRule { Rule(momentum: momentum, dampening: dampening, nesterov: nesterov) }
    }
}
