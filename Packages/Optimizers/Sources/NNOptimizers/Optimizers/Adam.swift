import NNLayers

/// Adam (Kingma and Ba 2015), or AdamW with decoupled weight decay (Loshchilov and Hutter 2019), as
/// `torch.optim.Adam` and `torch.optim.AdamW`.
public struct Adam: UpdateRule {
    public let beta1: Double
    public let beta2: Double
    public let epsilon: Double
    /// Whether weight decay shrinks the parameter itself and not by way of the gradient: AdamW.
    public let decouplesWeightDecay: Bool

    public init(
        beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, decouplesWeightDecay: Bool = false
    ) {
        requireOptions("Adam") { try Self.check(beta1: beta1, beta2: beta2, epsilon: epsilon) }
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.decouplesWeightDecay = decouplesWeightDecay
    }

    /// What configurations and initializers refuse alike.
    static func check(beta1: Double, beta2: Double, epsilon: Double) throws(OptionError) {
        try OptionError.check("beta1", beta1, .fractionBelowOne)
        try OptionError.check("beta2", beta2, .fractionBelowOne)
        try OptionError.check("epsilon", epsilon, .positive)
    }

    public var stateNames: [String] { ["first_moment", "second_moment"] }

    public func update(_ parameter: inout Tensor, state: inout [Tensor], with update: ParameterUpdate) {
        let step = AdamStep(
            learningRate: update.learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
            weightDecay: update.weightDecay, decouplesWeightDecay: decouplesWeightDecay)
        // The two moments are taken out, since two elements of one array cannot be lent at once.
        var second = state.removeLast()
        step.update(
            &parameter, mean: &state[0], variance: &second, number: update.number, gradient: update.gradient,
            adjustment: update.adjustment)
        state.append(second)
    }
}
