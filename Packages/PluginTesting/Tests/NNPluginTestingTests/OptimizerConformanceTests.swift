import NNLayers
import NNOptimizers
import NNPluginTesting
import Testing

@Suite struct OptimizerConformanceTests {
    @Test func everyOptimizerConforms() throws {
        let registry = try Registry(plugins: [OptimizersPlugin()])
        for name in registry.names(of: .optimizer) {
            let options: ConfigNode = ["type": ConfigNode(.string(name)), "lr": 0.02, "weight_decay": 0.001]
            try checkOptimizer { try registry.build(.optimizer, from: options, OptimizerEnvironment(parameters: $0)) }
        }
        try checkOptimizer { SGD($0, learningRate: 0.02, momentum: 0.9, nesterov: true, schedule: .cosine(steps: 200)) }
    }

    @Test func everyRuleConforms() throws {
        try checkUpdateRule(SGD.Rule())
        try checkUpdateRule(SGD.Rule(momentum: 0.9, dampening: 0.5))
        try checkUpdateRule(Adam.Rule())
        try checkUpdateRule(Adam.Rule(decouplesWeightDecay: true))
    }

    /// Gradient descent with a memory, whose faults a test chooses.
    private struct Planted: UpdateRule {
        var stateNames = ["mean"]
        let change: @Sendable (inout Tensor, inout [Tensor], ParameterUpdate) -> Void

        func update(_ parameter: inout Tensor, state: inout [Tensor], with update: ParameterUpdate) {
            change(&parameter, &state, update)
        }
    }

    /// A memory outside of the state, which no checkpoint holds.
    private final class Memory: @unchecked Sendable {
        var step = 0
    }

    @Test func plantedFaultsAreFound() throws {
        func expect(
            _ text: String, names: [String] = ["mean"],
            _ change: @escaping @Sendable (inout Tensor, inout [Tensor], ParameterUpdate) -> Void
        ) throws {
            try expectFinding(text) { try checkUpdateRule(Planted(stateNames: names, change: change), steps: 50) }
        }
        @Sendable func step(_ update: ParameterUpdate) -> Tensor { update.gradient * Float(update.learningRate) }

        try expect("do not go against the gradient") { parameter, _, update in parameter = parameter + step(update) }
        try expect("is") { parameter, _, update in parameter = parameter + step(update) }
        try expect("changes with a learning rate of 0") { parameter, _, update in
            parameter = parameter - step(update) - update.gradient * 1e-3
        }
        try expect("changes without a gradient and weight decay") { parameter, _, update in
            parameter = parameter * Float(1 - 0.1 * update.learningRate) - step(update)
        }
        try expect("the state of a parameter [7] becomes") { parameter, state, update in
            parameter = parameter - step(update)
            state[0] = update.gradient.sum()
        }
        try expect("several tensors of its state have the same name", names: ["a", "a"]) { parameter, _, update in
            parameter = parameter - step(update)
        }
        try expect("is not finite after large gradients") { parameter, state, update in
            state[0] = update.gradient.power(8)
            parameter = parameter - step(update)
        }
        let memory = Memory()
        try expect("one that is restored from the saved state goes on to other values") { parameter, _, update in
            memory.step += 1
            parameter = parameter - step(update) * Float(1 + Double(memory.step % 7) / 10)
        }
        try expect("has another result the second time") { parameter, _, update in
            memory.step += 1
            parameter = parameter - step(update) * Float(1 + Double(memory.step % 7) / 10)
        }
    }

    @Test func optimizersThatDoNotDescendAreFound() throws {
        try expectFinding("a quadratic function of") {
            try checkOptimizer(steps: 10) { SGD($0, learningRate: 1e-6) }
        }
    }
}
