import NNLayers
import NNPluginTesting
import NNTraining
import Testing

@Suite struct CallbackConformanceTests {
    private final class Recorder: TrainingCallback {
        private var epochs: [EpochRecord] = []
        func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) { epochs.append(epoch) }
    }

    private final class Stopper: TrainingCallback {
        private(set) var shouldStop = false
        func didFinishStep(_ step: StepRecord, of trainer: Trainer) { shouldStop = step.step == 4 }
    }

    @Test func thoseThatObserveConform() throws {
        try checkCallback { Recorder() }
        try checkCallback { Stopper() }
    }

    private final class Meddler: TrainingCallback {
        func didFinishStep(_ step: StepRecord, of trainer: Trainer) {
            for (_, parameter) in ModuleTree(trainer.network).parameters { parameter.value = parameter.value * 0.9 }
        }
    }

    private final class Keeper: TrainingCallback {
        private var trainer: Trainer?
        func didStart(_ trainer: Trainer) { self.trainer = trainer }
    }

    private final class Thrower: TrainingCallback {
        struct Failure: Error {}
        func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) throws { throw Failure() }
    }

    private final class Refuser: TrainingCallback {
        let shouldStop = true
    }

    @Test func plantedFaultsAreFound() throws {
        try expectFinding("the weights are others than without it") { try checkCallback { Meddler() } }
        try checkCallback(changesTraining: true) { Meddler() }
        try expectFinding("it keeps the trainer alive") { try checkCallback { Keeper() } }
        try expectFinding("training ends with an error: Failure()") { try checkCallback { Thrower() } }
        try expectFinding("it asks for a stop before training begins") { try checkCallback { Refuser() } }
    }
}
