import NNLayers
import Testing
import NNTraining

/// The example that the documentation of `TrainingCallback` gives.
private final class StopAtAccuracy: TrainingCallback {
    func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) {
        isReached = (epoch["validation_top1"] ?? 0) > 99
    }

    var isReached = false
    var shouldStop: Bool { isReached }
}

/// Predicts the parameters of plain SGD from the gradients that it is told, and counts where they differ.
private final class UpdateCheck: TrainingCallback {
    private(set) var checkedCount = 0
    private(set) var wrongCount = 0
    private(set) var batchCounts: [Int] = []
    private(set) var warnings: [String] = []
    private var expected: [(parameter: Parameter, values: [Float])] = []

    func didCompute(_ gradients: Gradients, batchCount: Int, of trainer: Trainer) {
        batchCounts.append(batchCount)
        let rate = Float(trainer.schedule.learningRate(at: trainer.progress.step))
        expected = trainer.network.parameters.compactMap { _, parameter in
            guard let gradient = parameter.gradient(in: gradients) else { return nil }
            let values = zip(parameter.value.floats, gradient.floats)
            return (parameter, values.map { $0 - rate * $1 / Float(batchCount) })
        }
    }

    func didFinishStep(_ step: StepRecord, of trainer: Trainer) {
        for (parameter, values) in expected {
            checkedCount += values.count
            wrongCount += zip(parameter.value.floats, values).count { abs($0 - $1) > 1e-5 * max(1, abs($1)) }
        }
        if step.step == 1 { trainer.warn("the disk is full") }
    }

    func didWarn(_ message: String, of trainer: Trainer) { warnings.append(message) }
}

@Suite struct TrainingCallbackTests {
    /// Three steps of 4, 4 and 4 batches.
    @Test func callbacksSeeTheGradientsOfEachUpdate() throws {
        let check = UpdateCheck()
        let trainer = try TestExperiment.trainer {
            $0.epochs = 1
            $0.optimizer = ["type": "sgd", "lr": 0.05]
            $0.schedule = "constant"
            $0.training.accumulate = 4
        }
        trainer.callbacks.append(check)
        try trainer.train()
        #expect(check.batchCounts == [4, 4, 4])
        #expect(check.checkedCount == 3 * trainer.network.parameterCount.trainable)
        #expect(check.wrongCount == 0)
        #expect(check.warnings == ["the disk is full"])
    }

    @Test func theDocumentedExampleStops() throws {
        let callback = StopAtAccuracy()
        let trainer = try TestExperiment.trainer { $0.epochs = 1 }
        trainer.callbacks.append(callback)
        try trainer.train()
        #expect(!callback.isReached)
    }

    @Test func configurationsNameCallbacks() throws {
        let registry = try TestExperiment.registry()
        try registry.register(.callback, "stop_at_accuracy", summary: "stops above 99 %") { StopAtAccuracy() }
        #expect(registry.descriptions().contains { $0.kind == "callback" && $0.name == "stop_at_accuracy" })
        let config = TestExperiment.config { $0.training.callbacks = ["stop_at_accuracy"] }
        let trainer = try Experiment(config, registry: registry).makeTrainer()
        #expect(trainer.callbacks.contains { $0 is StopAtAccuracy })
    }
}
