import NNLayers
import Testing
import NNOptimizers

@Suite struct BuiltInOptimizersTests {
    private let registry: Registry
    private let weight = Parameter(wrappedValue: .ones([2, 2]))
    private let bias = Parameter(wrappedValue: .ones([2]))

    init() throws { registry = try Registry(plugins: [OptimizersPlugin()]) }

    private func build(_ node: ConfigNode) throws -> Optimizer {
        let environment = OptimizerEnvironment(parameters: [("conv.weight", weight), ("conv.bias", bias)])
        return try registry.build(.optimizer, from: node.moved(to: "optimizer"), environment)
    }

    @Test func buildsSGD() throws {
        let optimizer = try build([
            "type": "sgd", "lr": 0.5, "momentum": 0.9, "nesterov": true, "weight_decay": 0.5,
            "decay_norms_and_biases": false,
        ])
        #expect(optimizer.baseLearningRate == 0.5)
        try optimizer.step(makeGradients([(weight, [0, 0, 0, 0]), (bias, [0, 0])]), learningRate: 0.5)
        #expect(isClose(weight.value.floats, [Float](repeating: 1 - 0.5 * 0.5 * 1.9, count: 4)))
        #expect(bias.value.floats == [1, 1])
    }

    @Test(arguments: [("adam", 1 - 0.25, 0.25), ("adamw", 1 - 0.125, 0.5)] as [(String, Double, Double)])
    func buildsAdam(_ type: String, _ expected: Double, _ decay: Double) throws {
        let optimizer = try build([
            "type": .init(.string(type)), "lr": 0.25, "weight_decay": .init(.float(decay)), "epsilon": 1e-8,
        ])
        try optimizer.step(makeGradients([(weight, [0, 0, 0, 0]), (bias, [0, 0])]), learningRate: 0.25)
        // Decay by way of the gradient is a step of full length, decoupled decay shrinks.
        #expect(isClose(weight.value.floats, [Float](repeating: Float(expected), count: 4)))
    }

    @Test func readsGroups() throws {
        let optimizer = try build([
            "type": "sgd", "lr": 1, "groups": [["pattern": "*.weight", "lr_factor": 0.25]],
        ])
        try optimizer.step(makeGradients([(weight, [1, 1, 1, 1]), (bias, [1, 1])]), learningRate: 1)
        #expect(weight.value.floats == [0.75, 0.75, 0.75, 0.75])
        #expect(bias.value.floats == [0, 0])
    }

    @Test(
        arguments: [
            (["type": "sgd", "lr": 0], "optimizer.lr: must be positive, not 0.0"),
            (["type": "sgd", "weight_decay": -1], "optimizer.weight_decay: must be 0 or more, not -1.0"),
            (["type": "sgd", "nesterov": true], "optimizer.nesterov: needs a momentum above 0 and no dampening"),
            (["type": "adam", "beta2": 1], "optimizer.beta2: must be 0 or more and below 1, not 1.0"),
            (
                ["type": "adam", "epsilon": 1e-50],
                "optimizer.epsilon: must be positive, not 1e-50, which is 0.0 in float32"
            ),
            (
                ["type": "adam", "groups": [["pattern": "*"], ["pattern": "head.*"]]],
                "optimizer.groups.1.pattern: matches no parameter; the network has conv.weight, conv.bias"
            ),
            (
                ["type": "adam", "groups": [["lr_factor": 2]]],
                "optimizer.groups.0.pattern: must be the name of a parameter, with '*' for any characters"
            ),
        ] as [(ConfigNode, String)])
    func refuses(_ node: ConfigNode, _ message: String) {
        #expect {
            try build(node)
        } throws: { error in
            "\(error)" == message
        }
    }
}
