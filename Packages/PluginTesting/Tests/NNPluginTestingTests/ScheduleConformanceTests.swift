import NNLayers
import NNOptimizers
import NNPluginTesting
import Testing

@Suite struct ScheduleConformanceTests {
    private static let cases: [String: ConfigNode] = [
        "constant": "constant",
        "step": ["type": "step", "interval_steps": 10],
        "multi_step": ["type": "multi_step", "milestone_steps": [20, 50]],
        "cosine": ["type": "cosine", "warmup_steps": 10],
        "poly": ["type": "poly", "min_lr": 0.001],
        "one_cycle": "one_cycle",
        "cyclical": ["type": "cyclical", "base_lr": 0.01, "max_lr": 0.1, "half_cycle_steps": 10],
        "plateau": ["type": "plateau", "warmup_steps": 5],
    ]

    @Test func everyScheduleConforms() throws {
        let registry = try Registry(plugins: [OptimizersPlugin()])
        #expect(registry.names(of: .schedule) == Self.cases.keys.sorted())
        let environment = ScheduleEnvironment(totalSteps: 100, stepsPerEpoch: 10, baseLearningRate: 0.1)
        for name in Self.cases.keys.sorted() {
            let schedule = try registry.build(.schedule, from: Self.cases[name] ?? "", environment)
            try checkSchedule(schedule)
        }
    }

    /// A schedule whose faults a test chooses.
    private struct Planted: Schedule {
        var rate: @Sendable (Int) -> Double = { 1 / Double(1 + $0) }
        var metric: String?
        var factor = 1.0
        var savesFactor = true

        func learningRate(at step: Int) -> Double { factor * rate(step) }
        mutating func report(_ value: Double) { factor /= 2 }
        var savedState: SavedState { SavedState(scalars: savesFactor ? ["factor": factor] : [:]) }

        mutating func restore(_ state: SavedState) throws(SavedStateError) {
            if savesFactor { factor = try state.scalar("factor") }
        }
    }

    @Test func plantedFaultsAreFound() throws {
        try checkSchedule(Planted(metric: "loss"))
        try expectFinding("the learning rate of step 7 is -1.0") {
            try checkSchedule(Planted(rate: { $0 == 7 ? -1 : 1 }, metric: "loss"))
        }
        try expectFinding("the learning rate of step 100000 is nan") {
            try checkSchedule(Planted(rate: { $0 > 1000 ? .nan : 1 }, metric: "loss"))
        }
        try expectFinding("reported values change it, although it watches no metric") { try checkSchedule(Planted()) }
        try expectFinding("a restored schedule has other learning rates") {
            try checkSchedule(Planted(metric: "loss", savesFactor: false))
        }
        try expectFinding("the learning rate is 0 at every step") {
            try checkSchedule(Planted(rate: { _ in 0 }, metric: "loss"))
        }
    }
}
