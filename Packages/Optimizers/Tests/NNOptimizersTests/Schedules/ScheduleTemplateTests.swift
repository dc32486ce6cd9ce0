import NNLayers
import NNOptimizers
import Testing

@Suite struct ScheduleTemplateTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let configuration: ConfigNode
        let template: ScheduleTemplate
        var testDescription: String { "\(configuration["type"] ?? configuration)" }

        init(_ configuration: ConfigNode, _ template: ScheduleTemplate) {
            self.configuration = configuration
            self.template = template
        }
    }

    /// Twenty steps in ten epochs at a learning rate of 0.7.
    static let cases = [
        Case("constant", .constant),
        Case(["type": "step", "interval_epochs": 2], .step(interval: 4)),
        Case(["type": "step", "interval_steps": 3, "gamma": 0.5], .step(interval: 3, gamma: 0.5)),
        Case(["type": "multi_step", "milestone_steps": [4, 9]], .multiStep(milestones: [4, 9])),
        Case(["type": "multi_step", "milestone_epochs": [3], "gamma": 0.2], .multiStep(milestones: [6], gamma: 0.2)),
        Case("cosine", .cosine(steps: 20)),
        Case(["type": "cosine", "min_lr": 0.1], .cosine(steps: 20, minimum: 0.1)),
        Case("poly", .polynomial(steps: 20)),
        Case(["type": "poly", "power": 2, "min_lr": 0.1], .polynomial(steps: 20, power: 2, minimum: 0.1)),
        Case("one_cycle", .oneCycle(steps: 20)),
        Case(
            [
                "type": "one_cycle", "max_lr": 2, "rise_fraction": 0.5, "initial_divisor": 3, "final_divisor": 5,
                "annealing": "linear",
            ],
            .oneCycle(
                peak: 2, steps: 20, riseFraction: 0.5, initialDivisor: 3, finalDivisor: 5, annealing: .linear)),
        Case(["type": "cyclical", "max_lr": 2, "half_cycle_steps": 3], .cyclical(maximum: 2, halfCycle: 3)),
        Case(
            [
                "type": "cyclical", "base_lr": 0.1, "max_lr": 2, "half_cycle_epochs": 2, "policy": "exp_range",
                "gamma": 0.9,
            ],
            .cyclical(minimum: 0.1, maximum: 2, halfCycle: 4, policy: .expRange, gamma: 0.9)),
        Case("plateau", .plateau()),
        Case(
            [
                "type": "plateau", "metric": "validation_top1", "mode": "max", "factor": 0.5, "patience": 1,
                "cooldown": 1, "threshold": 0.2, "relative_threshold": false, "min_lr": 0.1,
            ],
            .plateau(
                metric: "validation_top1", mode: .max, factor: 0.5, patience: 1, cooldown: 1,
                threshold: .init(amount: 0.2, isRelative: false), minimum: 0.1)),
    ]

    @Test(arguments: cases, [0, 5, 25])
    func equalsTheConfiguration(_ testCase: Case, _ warmup: Int) throws {
        var node = testCase.configuration
        if case .string = node.content { node = ["type": node] }
        node.content = .mapping(
            (node.entries ?? []) + [
                ConfigEntry(key: "warmup_steps", value: ConfigNode(.integer(warmup))),
                ConfigEntry(key: "warmup_factor", value: ConfigNode(.float(0.25))),
            ])
        var configured = try Registry(plugins: [OptimizersPlugin()]).build(
            .schedule, from: node, ScheduleEnvironment(totalSteps: 20, stepsPerEpoch: 2, baseLearningRate: 0.7))
        var stated = testCase.template.warmup(steps: warmup, factor: 0.25).schedule(learningRate: 0.7)
        #expect(stated.metric == configured.metric)
        for step in 0..<30 {
            #expect(stated.learningRate(at: step) == configured.learningRate(at: step), "step \(step)")
            for value in [Double(step % 3), 1] {
                stated.report(value)
                configured.report(value)
            }
        }
        #expect(stated.savedState.scalars == configured.savedState.scalars)
    }

    @Test func warmsUpByTheDefaultOfConfigurations() throws {
        let node: ConfigNode = ["type": "constant", "warmup_steps": 4]
        let configured = try Registry(plugins: [OptimizersPlugin()]).build(
            .schedule, from: node, ScheduleEnvironment(totalSteps: 20, stepsPerEpoch: 2, baseLearningRate: 0.7))
        let stated = ScheduleTemplate.constant.warmup(steps: 4).schedule(learningRate: 0.7)
        for step in 0..<6 { #expect(stated.learningRate(at: step) == configured.learningRate(at: step)) }
        #expect(isClose([stated.learningRate(at: 0)], [0.007], tolerance: 1e-12))
    }

    @Test func aCustomScheduleStartsAfterTheWarmup() throws {
        struct InverseRoot: Schedule {
            let learningRate: Double
            let start: Int
            func learningRate(at step: Int) -> Double {
                learningRate / Double(max(step - start, 0) + 1).squareRoot()
            }
        }
        let weight = Parameter(wrappedValue: .ones([1]))
        let optimizer = SGD(
            [("weight", weight)], learningRate: 2,
            schedule: ScheduleTemplate { InverseRoot(learningRate: $0, start: $1) }.warmup(steps: 2, factor: 0.5))
        var rates: [Double] = []
        for _ in 0..<6 {
            rates.append(optimizer.learningRate)
            try optimizer.step(makeGradients([(weight, [0])]))
        }
        #expect(isClose(rates, [1, 1.5, 2, 2.0.squareRoot(), 2 / 3.0.squareRoot(), 1], tolerance: 1e-12))
    }
}
