import NNLayers

/// Stochastic gradient descent with momentum, as `torch.optim.SGD`.
public struct SGD: UpdateRule {
    public let momentum: Double
    public let dampening: Double
    public let nesterov: Bool

    public init(momentum: Double = 0, dampening: Double = 0, nesterov: Bool = false) {
        requireOptions("SGD") { try Self.check(momentum: momentum, dampening: dampening, nesterov: nesterov) }
        self.momentum = momentum
        self.dampening = dampening
        self.nesterov = nesterov
    }

    /// What configurations and initializers refuse alike.
    static func check(momentum: Double, dampening: Double, nesterov: Bool) throws(OptionError) {
        try OptionError.check("momentum", momentum, .fractionBelowOne)
        try OptionError.check("dampening", dampening, .fraction)
        if nesterov, momentum == 0 || dampening != 0 {
            throw OptionError("nesterov", "needs a momentum above 0 and no dampening")
        }
    }

    public var stateNames: [String] { momentum == 0 ? [] : ["momentum"] }

    public func update(_ parameter: inout Tensor, state: inout [Tensor], with update: ParameterUpdate) {
        // The first gradient enters the momentum whole, as in PyTorch.
        let step = SGDStep(
            learningRate: Float(update.learningRate), momentum: Float(momentum),
            dampening: update.number == 1 ? 0 : Float(dampening), nesterov: nesterov,
            weightDecay: Float(update.weightDecay))
        if state.isEmpty {
            step.update(&parameter, gradient: update.gradient, adjustment: update.adjustment)
        } else {
            step.update(
                &parameter, momentum: &state[0], gradient: update.gradient, adjustment: update.adjustment)
        }
    }
}
