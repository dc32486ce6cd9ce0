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
        try SGD.check(momentum: momentum, dampening: dampening, nesterov: nesterov)
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
        try Adam.check(beta1: beta1, beta2: beta2, epsilon: epsilon)
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
        try Adam.check(beta1: beta1, beta2: beta2, epsilon: epsilon)
    }

    var rule: any UpdateRule {
        Adam(beta1: beta1, beta2: beta2, epsilon: epsilon, decouplesWeightDecay: true)
    }
}
