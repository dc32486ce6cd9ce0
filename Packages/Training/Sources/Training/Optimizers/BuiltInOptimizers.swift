import NNLayers

func registerOptimizers(into registry: Registry) throws {
    try registry.register(
        optimizer: "sgd", summary: "Stochastic gradient descent with momentum", options: SGDOptions.self)
    try registry.register(optimizer: "adam", summary: "Adam (Kingma and Ba 2015)", options: AdamOptions.self)
    try registry.register(
        optimizer: "adamw", summary: "Adam with decoupled weight decay (Loshchilov and Hutter 2019)",
        options: AdamWOptions.self)
}

private struct SGDOptions: OptimizerOptions {
    var lr = 0.1
    var momentum = 0.0
    var dampening = 0.0
    var nesterov = false
    var weightDecay = 0.0
    var decayNormsAndBiases = true
    var groups: [ParameterGroup] = []

    func validate() throws {
        try validateCommonOptions()
        guard (0..<1).contains(momentum) else {
            throw OptionError("momentum", "must be 0 or more and below 1, not \(momentum)")
        }
        guard (0...1).contains(dampening) else {
            throw OptionError("dampening", "must be from 0 to 1, not \(dampening)")
        }
        if nesterov, momentum == 0 || dampening != 0 {
            throw OptionError("nesterov", "needs a momentum above 0 and no dampening")
        }
    }

    var rule: any UpdateRule { SGD(momentum: momentum, dampening: dampening, nesterov: nesterov) }
}

private struct AdamOptions: OptimizerOptions {
    var lr = 1e-3
    var beta1 = 0.9
    var beta2 = 0.999
    var epsilon = 1e-8
    var weightDecay = 0.0
    var decayNormsAndBiases = true
    var groups: [ParameterGroup] = []

    func validate() throws {
        try validateCommonOptions()
        try validateMoments(beta1: beta1, beta2: beta2, epsilon: epsilon)
    }

    var rule: any UpdateRule { Adam(beta1: beta1, beta2: beta2, epsilon: epsilon) }
}

private struct AdamWOptions: OptimizerOptions {
    var lr = 1e-3
    var beta1 = 0.9
    var beta2 = 0.999
    var epsilon = 1e-8
    var weightDecay = 0.01
    var decayNormsAndBiases = true
    var groups: [ParameterGroup] = []

    func validate() throws {
        try validateCommonOptions()
        try validateMoments(beta1: beta1, beta2: beta2, epsilon: epsilon)
    }

    var rule: any UpdateRule {
        Adam(beta1: beta1, beta2: beta2, epsilon: epsilon, decouplesWeightDecay: true)
    }
}

private func validateMoments(beta1: Double, beta2: Double, epsilon: Double) throws(OptionError) {
    for (name, beta) in [("beta1", beta1), ("beta2", beta2)] where !(0..<1).contains(beta) {
        throw OptionError(name, "must be 0 or more and below 1, not \(beta)")
    }
    guard epsilon > 0 else { throw OptionError("epsilon", "must be above 0, not \(epsilon)") }
}
