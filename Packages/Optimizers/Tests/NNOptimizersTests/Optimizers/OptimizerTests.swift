import NNLayers
import Testing

@testable import NNOptimizers

/// The expected values were calculated by PyTorch 2 from the same numbers.
@Suite struct OptimizerTests {
    private static let start: [Float] = [0.5, -1, 2, -0.25]
    private static let gradients: [[Float]] = [
        [0.1, -0.2, 0.3, 1.5], [0.4, 0, -0.6, -0.75], [-0.25, 0.8, 0.05, 3], [0, -0.1, 0.2, 0.3],
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let rule: any UpdateRule
        let learningRate: Double
        var weightDecay = 0.0
        var clipping = GradientClipping.none
        let expected: [Float]
    }

    static let cases = [
        Case(
            testDescription: "plain SGD", rule: SGD.Rule(), learningRate: 0.1,
            expected: [0.47500002, -1.0500001, 2.0049999, -0.65500003]),
        Case(
            testDescription: "weight decay", rule: SGD.Rule(), learningRate: 0.1, weightDecay: 0.05,
            expected: [0.46549803, -1.030048, 1.9651732, -0.64704674]),
        Case(
            testDescription: "momentum", rule: SGD.Rule(momentum: 0.9), learningRate: 0.1, weightDecay: 0.05,
            expected: [0.38334402, -1.0288202, 1.9403665, -1.144547]),
        Case(
            testDescription: "dampening", rule: SGD.Rule(momentum: 0.9, dampening: 0.5), learningRate: 0.1,
            expected: [0.43516001, -1.00222, 1.9633801, -0.96422499]),
        Case(
            testDescription: "Nesterov", rule: SGD.Rule(momentum: 0.9, nesterov: true), learningRate: 0.1,
            weightDecay: 0.05, expected: [0.36192027, -1.0566136, 1.9122541, -1.4446076]),
        Case(
            testDescription: "Adam", rule: Adam.Rule(), learningRate: 0.01,
            expected: [0.47655126, -0.99156147, 1.9961929, -0.27512059]),
        Case(
            testDescription: "Adam with weight decay", rule: Adam.Rule(beta1: 0.8, beta2: 0.95, epsilon: 1e-3),
            learningRate: 0.01, weightDecay: 0.1, expected: [0.47396326, -0.98668057, 1.9823338, -0.27442512]),
        Case(
            testDescription: "AdamW", rule: Adam.Rule(decouplesWeightDecay: true), learningRate: 0.01, weightDecay: 0.1,
            expected: [0.47460446, -0.98760599, 1.9882255, -0.27408025]),
        Case(
            testDescription: "clipping by norm", rule: SGD.Rule(momentum: 0.9), learningRate: 0.1,
            clipping: GradientClipping(norm: 0.5), expected: [0.44440752, -0.99215084, 2.0232484, -0.44064644]),
        Case(
            testDescription: "clipping by value", rule: SGD.Rule(momentum: 0.9), learningRate: 0.1,
            clipping: GradientClipping(value: 0.3), expected: [0.43180999, -0.97822005, 1.94863, -0.35887]),
    ]

    @Test(arguments: cases) func followsPyTorch(_ testCase: Case) throws {
        let parameter = Parameter(wrappedValue: Tensor(Self.start))
        let optimizer = Optimizer(
            testCase.rule, [("weight", parameter)], learningRate: testCase.learningRate,
            weightDecay: testCase.weightDecay, clipping: testCase.clipping)
        for gradient in Self.gradients { try optimizer.step(makeGradients([(parameter, gradient)])) }
        #expect(isClose(parameter.value.floats, testCase.expected))
    }

    /// Stopping after any step and going on in another process must not show in the values.
    @Test(arguments: cases) func continuesFromSavedState(_ testCase: Case) throws {
        for stop in 0...Self.gradients.count {
            let parameter = Parameter(wrappedValue: Tensor(Self.start))
            func makeOptimizer() -> Optimizer {
                Optimizer(
                    testCase.rule, [("weight", parameter)], learningRate: testCase.learningRate,
                    weightDecay: testCase.weightDecay)
            }
            var optimizer = makeOptimizer()
            for (index, gradient) in Self.gradients.enumerated() {
                if index == stop {
                    let state = optimizer.savedState
                    optimizer = makeOptimizer()
                    try optimizer.restore(state)
                }
                try optimizer.step(
                    makeGradients([(parameter, gradient)]), learningRate: testCase.learningRate,
                    clipping: testCase.clipping)
            }
            #expect(isClose(parameter.value.floats, testCase.expected))
        }
    }

    @Test func appliesGroups() throws {
        let backbone = Parameter(wrappedValue: .ones([2, 2]))
        let head = Parameter(wrappedValue: .ones([2, 2]))
        let bias = Parameter(wrappedValue: .ones([2]))
        let optimizer = Optimizer(
            SGD.Rule(), [("backbone.conv.weight", backbone), ("head.weight", head), ("head.bias", bias)],
            learningRate: 0.5, weightDecay: 0.25, decaysNormsAndBiases: false,
            groups: [ParameterGroup(pattern: "backbone.*", learningRateFactor: 0.1, weightDecay: 0)])
        try optimizer.step(makeGradients([(backbone, [1, 1, 1, 1]), (head, [1, 1, 1, 1]), (bias, [1, 1])]))
        #expect(isClose(backbone.value.floats, [Float](repeating: 0.95, count: 4)))
        #expect(isClose(head.value.floats, [Float](repeating: 1 - 0.5 * 1.25, count: 4)))
        #expect(isClose(bias.value.floats, [0.5, 0.5]))
    }

    /// A factor of 0 keeps a parameter as it is, whatever the schedule says, and of several groups the first counts.
    @Test func theFirstGroupThatMatchesCounts() throws {
        let names = ["backbone.conv.weight", "backbone.bn.bias", "head.weight"]
        let parameters = names.map { (name: $0, parameter: Parameter(wrappedValue: .ones([1]))) }
        let optimizer = Optimizer(
            SGD.Rule(momentum: 0.5), parameters, learningRate: 1, weightDecay: 0.5,
            groups: [
                ParameterGroup(pattern: "*.conv", learningRateFactor: 0),
                ParameterGroup(pattern: "backbone", learningRateFactor: 0.1),
                ParameterGroup(pattern: "*", learningRateFactor: 2, weightDecay: 0),
            ])
        for rate in [0.5, 0.25] {
            try optimizer.step(makeGradients(parameters.map { ($0.parameter, [1]) }), learningRate: rate)
        }
        // Momentum 0.5: the second step goes along 1.5 gradients. The bias decays by the optimizer's 0.5.
        let (first, second) = (Float(0.05 * 1.5), Float(0.025))
        let bias = 1 - first - second * (1 + 0.5 * (1 - first) + 0.5 * 1.5)
        let expected: [Float] = [1, bias, 1 - 2 * 0.5 - 2 * 0.25 * 1.5]
        #expect(isClose(parameters.flatMap { $0.parameter.value.floats }, expected))
    }

    @Test func refusesGroupsWithoutParameters() {
        let error = #expect(throws: OptionError.self) {
            try Optimizer.check([ParameterGroup(pattern: "backbon.*")], for: ["head.weight"])
        }
        #expect(error?.option == "groups.0.pattern")
        #expect(error?.message == "matches no parameter; the network has head.weight")
        let many = (1...9).map { "layer\($0)" }
        let other = #expect(throws: OptionError.self) {
            try Optimizer.check([ParameterGroup(pattern: "*"), ParameterGroup(pattern: "head")], for: many)
        }
        #expect(other?.option == "groups.1.pattern")
        #expect(other?.message.hasSuffix("layer8, ... (9 in all)") == true)
    }

    @Test func skipsFrozenParametersAndThoseWithoutGradient() throws {
        let frozen = Parameter(wrappedValue: .ones([2]))
        let unused = Parameter(wrappedValue: .ones([2]))
        let used = Parameter(wrappedValue: .ones([2]))
        let optimizer = Optimizer(
            Adam.Rule(), [("frozen", frozen), ("unused", unused), ("used", used)], learningRate: 0.1,
            weightDecay: 0.5)
        // Frozen between the two passes, so that there is a gradient which must not be used.
        let gradients = makeGradients([(frozen, [1, 1]), (used, [1, 1])])
        frozen.isTrainable = false
        try optimizer.step(gradients)
        #expect(frozen.value.floats == [1, 1])
        #expect(unused.value.floats == [1, 1])
        #expect(used.value.floats[0] < 1)
        #expect(optimizer.savedState.tensors.keys.sorted() == ["first_moment.used", "second_moment.used"])
    }

    @Test func clipsTheNormOfAllGradientsTogether() throws {
        let first = Parameter(wrappedValue: .zeros([1]))
        let second = Parameter(wrappedValue: .zeros([2]))
        let optimizer = Optimizer(
            SGD.Rule(), [("first", first), ("second", second)], learningRate: 1)
        // The mean of two accumulated batches has a norm of 5; half of it is let through.
        let norm = try optimizer.step(
            makeGradients([(first, [6]), (second, [0, 8])]), gradientScale: 0.5, clipping: .norm(2.5))
        #expect(norm == 5)
        #expect(isClose(first.value.floats, [-1.5]))
        #expect(isClose(second.value.floats, [0, -2]))
    }

    /// Found by default and wherever clipping has a norm; then nothing has changed and no step is counted.
    @Test(arguments: [.nan, .infinity, -.infinity] as [Float])
    func throwsGradientsThatAreNotFinite(_ element: Float) throws {
        let good = Parameter(wrappedValue: .ones([2]))
        let bad = Parameter(wrappedValue: .ones([2]))
        func gradients() -> Gradients { makeGradients([(good, [1, 1]), (bad, [1, element])]) }
        for clipping in [nil, .norm(1), .norm(.infinity), GradientClipping(norm: 1, value: 1)] as [GradientClipping?] {
            let optimizer = Adam([("good", good), ("bad", bad)], learningRate: 1)
            let error = #expect(throws: NonFiniteGradientError.self) {
                try optimizer.step(gradients(), clipping: clipping)
            }
            #expect(error?.parameter == "bad")
            #expect(error?.norm.isFinite == false)
            #expect(
                error?.description
                    == "the norm of the gradients is \(element.isNaN ? "nan" : "inf"), first that of 'bad'")
            #expect(good.value.floats == [1, 1] && bad.value.floats == [1, 1])
            #expect(optimizer.stepCount == 0)
            #expect(optimizer.savedState.tensors.isEmpty && optimizer.savedState.scalars.isEmpty)
        }
        let unchecked = SGD([("good", good), ("bad", bad)], learningRate: 1, clipping: .none)
        #expect(try unchecked.step(gradients()) == nil)
        #expect(good.value.floats == [0, 0] && !bad.value.isFinite)
    }

    @Test func theNormIsThatBeforeClipping() throws {
        let parameter = Parameter(wrappedValue: .zeros([2]))
        let optimizer = SGD([("weight", parameter)], learningRate: 1)
        #expect(try optimizer.step(makeGradients([(parameter, [3, 4])])) == 5)
        #expect(parameter.value.floats == [-3, -4])
        #expect(try optimizer.step(makeGradients([(parameter, [3, 4])]), clipping: .value(1)) == nil)
        #expect(parameter.value.floats == [-4, -5])
    }

    /// A caller that keeps the gradients finds them as they were.
    @Test func gradientsOfTheCallerStay() throws {
        let parameter = Parameter(wrappedValue: .zeros([2]))
        let optimizer = SGD([("weight", parameter)], learningRate: 1, momentum: 0.5)
        let gradients = makeGradients([(parameter, [1, 2])])
        for _ in 0..<2 { try optimizer.step(gradients) }
        #expect(parameter.gradient(in: gradients)?.floats == [1, 2])
        #expect(parameter.value.floats == [-2.5, -5])
    }

    @Test func refusesForeignState() throws {
        func optimizer(
            _ rule: any UpdateRule, name: String = "weight", shape: Shape = [2], schedule: ScheduleTemplate = .constant
        ) throws -> Optimizer {
            let parameter = Parameter(wrappedValue: .ones(shape))
            let optimizer = Optimizer(rule, [(name, parameter)], learningRate: 1, schedule: schedule)
            try optimizer.step(makeGradients([(parameter, [Float](repeating: 1, count: shape.elementCount))]))
            return optimizer
        }
        let momentum = SGD.Rule(momentum: 0.9)
        let state = try optimizer(momentum).savedState
        for other in [
            try optimizer(Adam.Rule()), try optimizer(momentum, name: "scale"), try optimizer(momentum, shape: [3]),
            try optimizer(SGD.Rule()), try optimizer(momentum, schedule: .plateau()),
        ] {
            let before = other.savedState.tensors.mapValues(\.floats)
            #expect(throws: SavedStateError.self) { try other.restore(state) }
            #expect(other.savedState.tensors.mapValues(\.floats) == before)
        }
        let plateau = try optimizer(momentum, schedule: .plateau()).savedState
        let error = #expect(throws: SavedStateError.self) { try optimizer(momentum).restore(plateau) }
        #expect(error?.description.contains("schedule.base_learning_rate") == true)
    }

    @Test(arguments: [
        ("*", "a.b", true), ("a.*", "a.b.c", true), ("*.bias", "head.bias", true), ("*.bias", "head.bias.x", true),
        ("backbone", "backbone.conv.weight", true), ("back", "backbone.conv", false),
        ("a.?", "a.b", true), ("a.?", "a.bc", false), ("*a*b*", "xxaxxbxx", true), ("*a*b", "cb.a.bc", false),
        ("*.bn[12].*", "layer.bn2.bias", true),
        ("*.bias", "head.weight", false),
    ])
    func matchesPatterns(_ pattern: String, _ name: String, _ matches: Bool) throws {
        #expect(ParameterGroup(pattern: pattern).matches(name) == matches)
    }
}
