import NNLayers
import Testing
import NNOptimizers

@Suite struct BuiltInSchedulesTests {
    private let registry: Registry

    init() throws { registry = try Registry(plugins: [OptimizersPlugin()]) }

    /// Ten epochs of two steps at a base of 1.
    private func build(_ node: ConfigNode) throws -> any Schedule {
        let environment = ScheduleEnvironment(totalSteps: 20, stepsPerEpoch: 2, baseLearningRate: 1)
        return try registry.build(.schedule, from: node.moved(to: "schedule"), environment)
    }

    @Test(
        arguments: [
            ("constant", [0: 1, 19: 1]),
            (["type": "step", "interval_epochs": 2.5], [4: 1, 5: 0.1, 10: 0.01]),
            (["type": "step", "interval_steps": 3, "gamma": 0.5], [2: 1, 3: 0.5, 6: 0.25]),
            (["type": "multi_step", "milestone_epochs": [2, 4]], [3: 1, 4: 0.1, 8: 0.01]),
            (["type": "multi_step", "milestone_steps": [4]], [3: 1, 4: 0.1, 19: 0.1]),
            (["type": "cosine", "min_lr": 0.5], [0: 1, 10: 0.75, 20: 0.5]),
            (["type": "poly", "power": 1], [0: 1, 10: 0.5, 20: 0]),
            (
                ["type": "one_cycle", "annealing": "linear", "rise_fraction": 0.5, "initial_divisor": 10],
                [0: 0.1, 9: 1, 19: 1e-5]
            ),
            (["type": "one_cycle", "max_lr": 4], [5: 4, 19: 4.0 / 25 / 1e4]),
            (
                ["type": "cyclical", "base_lr": 0.5, "max_lr": 2.5, "half_cycle_epochs": 2, "policy": "triangular2"],
                [0: 0.5, 4: 2.5, 8: 0.5, 12: 1.5]
            ),
            (["type": "cyclical", "max_lr": 3, "half_cycle_steps": 2], [0: 1, 2: 3, 3: 2]),
            (["type": "plateau"], [0: 1, 19: 1]),
            // With a warm-up.
            (["type": "constant", "warmup_epochs": 2, "warmup_factor": 0.2], [0: 0.2, 2: 0.6, 4: 1]),
            (["type": "cosine", "warmup_steps": 4, "warmup_factor": 0], [0: 0, 2: 0.5, 4: 1, 12: 0.5, 20: 0]),
            (
                ["type": "multi_step", "milestone_epochs": [2], "warmup_steps": 2, "warmup_factor": 0.5],
                [0: 0.5, 3: 1, 4: 0.1]
            ),
            (
                ["type": "cyclical", "max_lr": 3, "half_cycle_steps": 2, "warmup_steps": 4, "warmup_factor": 0],
                [0: 0, 4: 1, 6: 3, 8: 1]
            ),
            (["type": "one_cycle", "warmup_epochs": 0], [0: 0.04, 19: 4e-6]),
            // One that takes all of training, or more.
            (["type": "cosine", "warmup_steps": 20, "warmup_factor": 0], [0: 0, 10: 0.5, 19: 0.95]),
            (["type": "poly", "warmup_steps": 40, "warmup_factor": 0], [0: 0, 10: 0.25, 19: 0.475]),
            (["type": "one_cycle", "warmup_steps": 40, "warmup_factor": 0], [0: 0, 10: 0.01]),
        ] as [(ConfigNode, [Int: Double])])
    func builds(_ node: ConfigNode, _ expected: [Int: Double]) throws {
        let schedule = try build(node)
        for (step, rate) in expected {
            #expect(abs(schedule.learningRate(at: step) - rate) < 1e-12, "step \(step)")
        }
    }

    @Test func plateauWatchesItsMetric() throws {
        var schedule = try build([
            "type": "plateau", "metric": "validation_top1", "mode": "max", "patience": 0, "factor": 0.5,
        ])
        #expect(schedule.metric == "validation_top1")
        schedule.report(90)
        schedule.report(80)
        #expect(schedule.learningRate(at: 0) == 0.5)
    }

    @Test(
        arguments: [
            (["type": "step"], "schedule.interval_epochs: must be stated, or interval_steps"),
            (["type": "step", "interval_steps": 0], "schedule.interval_steps: must be 1 or more, not 0"),
            (["type": "step", "interval_epochs": 0], "schedule.interval_epochs: must be above 0, not 0.0"),
            (["type": "multi_step"], "schedule.milestone_epochs: must be stated, or milestone_steps, but not both"),
            (
                ["type": "constant", "warmup_steps": 3, "warmup_epochs": 1],
                "schedule.warmup_steps: cannot stand beside warmup_epochs; state one of them"
            ),
            (["type": "constant", "warmup_epochs": -1], "schedule.warmup_epochs: must be 0 or more, not -1.0"),
            (["type": "constant", "warmup_factor": 2], "schedule.warmup_factor: must be between 0 and 1, not 2.0"),
            (["type": "cosine", "min_lr": -0.1], "schedule.min_lr: must be 0 or more, not -0.1"),
            (
                ["type": "cyclical", "half_cycle_epochs": 1],
                "schedule.max_lr: must be stated: the learning rate at the tops"
            ),
            (["type": "plateau", "factor": 1], "schedule.factor: must lie between 0 and 1, not 1.0"),
            (["type": "plateau", "patience": -1], "schedule.patience: must be 0 or more, not -1"),
            (["type": "plateau", "min_lr": 2], "schedule.min_lr: must be no more than the learning rate 1.0, not 2.0"),
            (["type": "cosine", "min_lr": 2], "schedule.min_lr: must be no more than the learning rate 1.0, not 2.0"),
            (["type": "poly", "min_lr": 2], "schedule.min_lr: must be no more than the learning rate 1.0, not 2.0"),
            (
                ["type": "cyclical", "half_cycle_epochs": 1, "max_lr": 0.5],
                "schedule.max_lr: must be no less than base_lr 1.0, not 0.5"
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
