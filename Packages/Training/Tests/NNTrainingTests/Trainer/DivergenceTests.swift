import Foundation
import NNLayers
import Testing

@testable import NNTraining

struct DivergenceTests {
    @Test func aLossThatIsNoNumberEndsTraining() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        let trainer = try TestExperiment.trainer(run: run) { config in
            config.epochs = 3
            config.optimizer = ["type": "sgd", "lr": 0.01]
            // From the second epoch on, 10^30 times as large.
            config.schedule = ["type": "multi_step", "milestone_epochs": [1], "gamma": 1e30]
        }
        let error = #expect(throws: TrainingError.self) { try trainer.train() }
        #expect(error?.reason.contains("epoch 2") == true)
        #expect(error?.reason.contains("1e+28") == true)
        #expect(error?.remedy.contains(run.url.path) == true)
        let saved = try Checkpoint(contentsOf: run.url(of: .last))
        #expect(saved.information.progress.epoch == 1)
        #expect(saved.weights.entries.allSatisfy { $0.tensor.floats.allSatisfy(\.isFinite) })
    }

    @Test func infiniteWeightsAreNotSaved() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        // The only step of the epoch ruins the weights after its loss was calculated.
        let trainer = try TestExperiment.trainer(run: run) { config in
            config.epochs = 1
            config.data.batchSize = 96
            config.optimizer = ["type": "sgd", "lr": 1e38, "weight_decay": 1e30]
        }
        let error = #expect(throws: TrainingError.self) { try trainer.train() }
        #expect(error?.reason.contains("not finite") == true)
        #expect(!FileManager.default.fileExists(atPath: run.url(of: .last).path))
    }
}
