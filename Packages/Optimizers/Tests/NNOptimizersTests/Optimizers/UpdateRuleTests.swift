import Foundation
import NNLayers
import NNOptimizers
import Testing

/// Rules by themselves, the built-in ones against their definitions and a custom one as a plugin's author has it.
@Suite struct UpdateRuleTests {
    private static let start: [Float] = [0.5, -1, 2, -0.25, 0]
    private static let gradient: [Float] = [0.1, -0.2, 0.3, 1.5, -4]

    private func expectClose(_ tensor: Tensor, _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation)
    {
        #expect(isClose(tensor.floats.map { Double($0) }, expected, tolerance: 1e-6), sourceLocation: sourceLocation)
    }

    @Test(arguments: [false, true], [1, 2])
    func sgdFollowsItsDefinition(_ nesterov: Bool, _ number: Int) {
        let rule = SGD.Rule(momentum: 0.75, dampening: nesterov ? 0 : 0.5, nesterov: nesterov)
        var (parameter, state) = (Tensor(Self.start), [Tensor.full([5], value: 0.25)])
        rule.update(
            &parameter, state: &state,
            with: ParameterUpdate(
                gradient: Tensor(Self.gradient), learningRate: 0.25, weightDecay: 0.125, number: number))
        // The first gradient enters whole.
        let fresh = nesterov || number == 1 ? 1 : 0.5
        let g = zip(Self.gradient, Self.start).map { Double($0) + 0.125 * Double($1) }
        let m = g.map { 0.75 * 0.25 + fresh * $0 }
        expectClose(state[0], m)
        let directions = zip(g, m).map { nesterov ? $0 + 0.75 * $1 : $1 }
        expectClose(parameter, zip(Self.start, directions).map { Double($0) - 0.25 * $1 })
    }

    @Test(arguments: [false, true])
    func adamFollowsItsDefinition(_ decouples: Bool) {
        let rule = Adam.Rule(beta1: 0.8, beta2: 0.95, epsilon: 1e-3, decouplesWeightDecay: decouples)
        #expect(rule.stateNames == ["first_moment", "second_moment"])
        var (parameter, state) = (Tensor(Self.start), [Tensor.full([5], value: 0.1), .full([5], value: 0.2)])
        rule.update(
            &parameter, state: &state,
            with: ParameterUpdate(
                gradient: Tensor(Self.gradient), learningRate: 0.01, weightDecay: 0.25, number: 2))
        let p = Self.start.map { Double($0) * (decouples ? 1 - 0.01 * 0.25 : 1) }
        let g = zip(Self.gradient, p).map { Double($0) + (decouples ? 0 : 0.25 * $1) }
        let m = g.map { 0.8 * 0.1 + 0.2 * $0 }
        let v = g.map { 0.95 * 0.2 + 0.05 * $0 * $0 }
        expectClose(state[0], m)
        expectClose(state[1], v)
        let steps = zip(m, v).map { (mean: Double, square: Double) -> Double in
            let (first, second) = (mean / (1 - 0.8 * 0.8), square / (1 - 0.95 * 0.95))
            return 0.01 * first / (second.squareRoot() + 1e-3)
        }
        expectClose(parameter, zip(p, steps).map { $0 - $1 })
    }

    @Test func otherTensorsKeepTheirValues() {
        var parameter = Tensor([1, 2] as [Float])
        let copy = parameter
        var state: [Tensor] = []
        SGD.Rule().update(&parameter, state: &state, with: ParameterUpdate(gradient: .ones([2]), learningRate: 1))
        #expect(parameter.floats == [0, 1])
        #expect(copy.floats == [1, 2])
    }

    /// One parameter of 1 after each of Adam's steps.
    private func adamPath(_ gradients: [Float], beta1: Double, beta2: Double, learningRate: Double = 1e-3) -> [Float] {
        let rule = Adam.Rule(beta1: beta1, beta2: beta2)
        var (parameter, state) = (Tensor([1] as [Float]), [Tensor([0] as [Float]), Tensor([0] as [Float])])
        return gradients.enumerated().map { index, gradient in
            let update = ParameterUpdate(
                gradient: Tensor([gradient]), learningRate: learningRate, number: index + 1)
            rule.update(&parameter, state: &state, with: update)
            return parameter.floats[0]
        }
    }

    /// Steps by sign: none is longer than the learning rate, whatever came before.
    @Test func adamWithoutMemory() {
        let gradients = Tensor.normal([200], key: RandomKey(seed: 3)).floats.enumerated()
            .map { number, gradient in number % 3 == 0 ? gradient * 1e4 : gradient * 1e-4 }
        let path = [1] + adamPath(gradients, beta1: 0, beta2: 0)
        for (number, gradient) in gradients.enumerated() {
            let expected = path[number] - (gradient > 0 ? 1e-3 : -1e-3)
            #expect(abs(path[number + 1] - expected) < 2e-6 || abs(gradient) < 1e-5)
        }
        // One spike of 1e4, then 1e-4, with a first moment that remembers it, against doubles.
        let spiked = [1e4] + [Float](repeating: 1e-4, count: 50)
        var (expected, mean) = (1.0, 0.0)
        for (number, gradient) in spiked.enumerated() {
            mean = 0.9 * mean + 0.1 * Double(gradient)
            expected -= 1e-3 * mean / (1 - pow(0.9, Double(number + 1))) / (Double(gradient) + 1e-8)
        }
        let last = Double(adamPath(spiked, beta1: 0.9, beta2: 0).last!)
        #expect(abs(last / expected - 1) < 1e-4)
    }

    /// Its square overflows, but not the part of it that counts: PyTorch's values.
    @Test func anEnormousGradientDoesNotEndTheTraining() {
        let path = adamPath([1e20, 1, 1], beta1: 0.9, beta2: 0.999)
        #expect(abs(path[0] - 0.999) < 1e-6)
        #expect(path.allSatisfy { $0.isFinite } && abs(path[2] - 0.9975) < 6e-4)
        // Beyond that the second moment is infinite, and the parameter stays.
        let stays = adamPath([1e25, 1, 1], beta1: 0.9, beta2: 0.999)
        #expect(stays == [1, 1, 1])
    }

    // MARK: A custom rule

    /// Steps by the sign of the averaged gradient.
    private struct SignDescent: UpdateRule {
        var stateNames: [String] { ["mean"] }

        func update(_ parameter: inout Tensor, state: inout [Tensor], with update: ParameterUpdate) {
            state[0].move(toward: update.gradient, rate: 0.5)
            parameter = parameter - state[0].sign() * Float(update.learningRate)
        }
    }

    @Test func aCustomRuleIsTriedByItself() {
        var (parameter, state) = (Tensor([1, 2, 3] as [Float]), [Tensor.zeros([3])])
        for (index, gradient) in ([[3, -4, 0], [-1, 9, 0]] as [[Float]]).enumerated() {
            let update = ParameterUpdate(gradient: Tensor(gradient), learningRate: 0.5, number: index + 1)
            SignDescent().update(&parameter, state: &state, with: update)
        }
        #expect(parameter.floats == [0, 2, 3])
        #expect(state[0].floats == [0.25, 3.5, 0])
    }

    @Test func aCustomRuleIsUsedAsTheBuiltInOnes() throws {
        let weight = Parameter(wrappedValue: Tensor([1, 2] as [Float]))
        let optimizer = Optimizer(
            SignDescent(), [("weight", weight)], learningRate: 0.5, schedule: .step(interval: 1, gamma: 0.5))
        for gradient in [[3, -4], [-1, 9]] as [[Float]] { try optimizer.step(makeGradients([(weight, gradient)])) }
        #expect(weight.value.floats == [0.25, 2.25])
        #expect(optimizer.savedState.tensors["mean.weight"]?.floats == [0.25, 3.5])
    }

    /// Accumulation and clipping are done before a rule sees the gradient; NaN is not hidden by a limit.
    @Test func aCustomRuleSeesTheAdjustedGradient() throws {
        struct Minus: UpdateRule {
            let stateNames: [String] = []

            func update(_ parameter: inout Tensor, state: inout [Tensor], with update: ParameterUpdate) {
                parameter = parameter - update.gradient
            }
        }
        func result(_ rule: any UpdateRule, _ gradient: [Float], _ clipping: GradientClipping) throws -> [Float] {
            let weight = Parameter(wrappedValue: .zeros([3]))
            let optimizer = Optimizer(rule, [("weight", weight)], learningRate: 1, clipping: clipping)
            try optimizer.step(makeGradients([(weight, gradient)]), gradientScale: 0.5)
            return weight.value.floats
        }
        #expect(try result(Minus(), [6, -8, 0], .none) == [-3, 4, 0])
        #expect(try result(Minus(), [6, -8, 0], .norm(2.5)) == [-1.5, 2, 0])
        #expect(try result(Minus(), [6, -8, 0], GradientClipping(norm: 2.5, value: 1.75)) == [-1.5, 1.75, 0])
        for rule in [Minus(), SGD.Rule()] as [any UpdateRule] {
            let found = try result(rule, [.nan, 8, 1], .value(2))
            #expect(found[0].isNaN && found[1...] == [-2, -0.5])
        }
    }

    @Test func aCustomRuleIsNamedByAConfiguration() throws {
        struct Options: OptimizerOptions {
            var lr = 0.25
            var weightDecay = 0.0
            var decayNormsAndBiases = true
            var groups: [ParameterGroup] = []
            var rule: any UpdateRule { SignDescent() }
        }
        let registry = try Registry()
        try registry.register(.optimizer, "sign_descent", summary: "", Options.self)
        let weight = Parameter(wrappedValue: .ones([1]))
        let environment = OptimizerEnvironment(parameters: [("weight", weight)])
        try registry.build(.optimizer, from: "sign_descent", environment).step(makeGradients([(weight, [7])]))
        #expect(weight.value.floats == [0.75])
        #expect(throws: ConfigError.self) {
            try registry.build(.optimizer, from: ["type": "sign_descent", "lr": -1], environment)
        }
    }
}
