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

@Suite struct TrainingCallbackTests {
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
