import NNDatasets
import NNLayers
import Testing

@testable import NNTraining

struct AllocationTests {
    private final class MemoryCallback: TrainingCallback {
        var statistics: [Allocator.Statistics] = []
        func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) {
            statistics.append(Allocator.shared.statistics)
        }
    }

    /// In a process of its own, since other tests use the same allocator, and without threads, also for loading: how
    /// many blocks are in use at once depends on when they overlap.
    @Test func steadyStateAllocatesNothing() async {
        await #expect(processExitsWith: .success) {
            let trainer = try TestExperiment.trainer { config in
                config.epochs = 5
                config.training.ema = MovingAverageConfig()
                config.data.loaderThreads = 0
            }
            let memory = MemoryCallback()
            trainer.callbacks.append(memory)
            _ = try Engine.withThreads(1) { try trainer.train() }
            #expect(memory.statistics[4].systemAllocations == memory.statistics[1].systemAllocations)
            #expect(memory.statistics[4].reserved == memory.statistics[1].reserved)
        }
    }
}
