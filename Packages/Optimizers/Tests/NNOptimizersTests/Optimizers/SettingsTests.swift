import NNLayers
import Testing

@_spi(Internal) @testable import NNOptimizers

/// Settings without meaning are refused alike by configurations, which throw, and by initializers, which trap.
@Suite struct SettingsTests {
    /// A check of one setting, and numbers that must not pass it.
    struct Setting: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let refused: [Double]
        let check: @Sendable (Double) throws -> Void

        init(_ name: String, refuses refused: [Double], _ check: @escaping @Sendable (Double) throws -> Void) {
            testDescription = name
            self.refused = refused
            self.check = check
        }
    }

    private static let never: [Double] = [-1, -1e-3, .nan, .infinity, -.infinity, 1e300]
    private static let notPositive = never + [0, 1e-50]

    static let settings: [Setting] = {
        var list: [Setting] = []
        list.append(
            Setting("momentum", refuses: never + [1, 2]) {
                try SGD.Rule.check(momentum: $0, dampening: 0, nesterov: false)
            })
        list.append(
            Setting("dampening", refuses: never + [2]) {
                try SGD.Rule.check(momentum: 0.9, dampening: $0, nesterov: false)
            })
        list.append(
            Setting("beta1", refuses: never + [1]) { try Adam.Rule.check(beta1: $0, beta2: 0.9, epsilon: 1e-8) })
        list.append(
            Setting("beta2", refuses: never + [1, 1.5]) { try Adam.Rule.check(beta1: 0.9, beta2: $0, epsilon: 1e-8) })
        list.append(
            Setting("epsilon", refuses: notPositive) { try Adam.Rule.check(beta1: 0.9, beta2: 0.9, epsilon: $0) })
        list.append(
            Setting("learning rate", refuses: notPositive) { try Optimizer.check(learningRate: $0, weightDecay: 0) })
        list.append(
            Setting("weight decay", refuses: never) { try Optimizer.check(learningRate: 1, weightDecay: $0) })
        list.append(
            Setting("clipping by norm", refuses: [0, -1, .nan, -.infinity]) {
                try GradientClipping.check(norm: $0, value: nil)
            })
        list.append(
            Setting("clipping by value", refuses: [0, -1, .nan, -.infinity]) {
                try GradientClipping.check(norm: nil, value: $0)
            })
        list.append(
            Setting("schedule's learning rate", refuses: never) { try ScheduleRules.check(learningRate: $0) })
        list.append(
            Setting("schedule's minimum", refuses: never + [0.2]) {
                try ScheduleRules.check(learningRate: 0.1, minimum: $0)
            })
        list.append(
            Setting("rise fraction", refuses: never + [1.1]) {
                try OneCycleSchedule.check(riseFraction: $0, initialDivisor: 1, finalDivisor: 1)
            })
        list.append(
            Setting("initial divisor", refuses: notPositive) {
                try OneCycleSchedule.check(riseFraction: 0.5, initialDivisor: $0, finalDivisor: 1)
            })
        list.append(
            Setting("final divisor", refuses: notPositive) {
                try OneCycleSchedule.check(riseFraction: 0.5, initialDivisor: 1, finalDivisor: $0)
            })
        list.append(
            Setting("cycle's maximum", refuses: never + [0.05]) {
                try CyclicalSchedule.check(minimum: 0.1, maximum: $0)
            })
        list.append(
            Setting("plateau's factor", refuses: notPositive.filter { $0 != 1e-50 } + [1, 2]) {
                try PlateauSchedule.check(factor: $0, patience: 1, cooldown: 0, threshold: 0)
            })
        list.append(
            Setting("plateau's threshold", refuses: never) {
                try PlateauSchedule.check(factor: 0.5, patience: 1, cooldown: 0, threshold: $0)
            })
        return list
    }()

    @Test(arguments: settings) func refuses(_ setting: Setting) {
        for number in setting.refused {
            #expect(throws: OptionError.self, "\(number)") { try setting.check(number) }
        }
    }

    @Test func countsAreRefused() {
        for count in [-1, Int.min] {
            #expect(throws: OptionError.self) {
                try PlateauSchedule.check(factor: 0.5, patience: count, cooldown: 0, threshold: 0)
            }
            #expect(throws: OptionError.self) {
                try PlateauSchedule.check(factor: 0.5, patience: 0, cooldown: count, threshold: 0)
            }
        }
    }

    @Test func initializersUseTheChecks() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = AdamW([], beta2: 1.5)
            },
            "Adam: beta2 must be 0 or more and below 1, not 1.5")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = SGD.Rule(momentum: -1)
            },
            "SGD: momentum must be 0 or more and below 1, not -1.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = GradientClipping(norm: -1)
            }, "GradientClipping: gradient_clip_norm must be positive, not -1.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = SGD([], learningRate: -1)
            }, "Optimizer: lr must be positive, not -1.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Adam(
                    [("head.weight", Parameter(wrappedValue: .ones([1])))], groups: [ParameterGroup(pattern: "hed")])
            }, "Optimizer: groups.0.pattern matches no parameter; the network has head.weight")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let weight = Parameter(wrappedValue: .ones([1]))
                _ = Adam([("weight", weight), ("weight", weight)])
            }, "Optimizer: two parameters are named 'weight'")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = SGD([], learningRate: 0.1, schedule: .cosine(steps: 10, minimum: 1))
            }, "CosineSchedule: min_lr must be no more than the learning rate 0.1, not 1.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = SGD([], schedule: .oneCycle(steps: -1))
            }, "ScheduleTemplate: steps must be 0 or more, not -1")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ParameterUpdate(gradient: .ones([1]), learningRate: .nan)
            }, "ParameterUpdate: learningRate must be 0 or more, not nan")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = PolynomialSchedule(learningRate: 0.1, power: -1, span: 0..<3)
            }, "PolynomialSchedule: power must be positive, not -1.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = PlateauSchedule(learningRate: 0.1, metric: "loss", minimum: 1)
            }, "PlateauSchedule: min_lr must be no more than the learning rate 0.1, not 1.0")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Warmup(steps: 1, factor: -1, before: ConstantSchedule(learningRate: 1))
            }, "Warmup: warmup_factor must be between 0 and 1, not -1.0")
    }

    @Test func longSchedulesAreRefused() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = SGD([], schedule: .constant.warmup(steps: .max).warmup(steps: 1))
            }, "ScheduleTemplate.warmup: steps must be at most 281474976710656, not 9223372036854775807")
    }

    @Test func aStepNeedsAGradient() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let optimizer = SGD([("weight", Parameter(wrappedValue: .ones([2])))], learningRate: 1)
                let other = Parameter(wrappedValue: .ones([2]))
                try optimizer.step(makeGradients([(other, [1, 1])]))
            }, "Optimizer.step: there is a gradient of none of the 1 parameters, such as 'weight'")
    }

    /// Where all is frozen there is nothing to be done.
    @Test func aStepOfFrozenParametersDoesNothing() throws {
        let weight = Parameter(wrappedValue: .ones([2]))
        weight.isTrainable = false
        try SGD([("weight", weight)], learningRate: 1).step(Gradients())
        #expect(weight.value.floats == [1, 1])
    }
}
