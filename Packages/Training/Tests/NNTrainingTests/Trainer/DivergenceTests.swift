import Foundation
import NNDatasets
import NNLayers
import NNLosses
import NNOptimizers
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

    /// Features of eight samples, one of which has a value that is no number.
    private struct Broken: Dataset {
        let count = 8
        let classNames = ["a", "b"]
        let features: Tensor? = Tensor((0..<32).map { $0 == 21 ? Float.nan : 0.5 }, shape: [8, 4])

        func sample(at index: Int) throws -> Sample {
            throw DatasetError(place: "features", reason: "it has no images", remedy: "Use its features")
        }
        func target(at index: Int) -> Target { .label(index % 2) }
        func labelCounts(at index: Int) -> [Int: Int] { [index % 2: 1] }
        func files(at index: Int) -> [String] { ["features/\(index)"] }
    }

    private final class Classifier: Layer {
        @Child var linear = Linear(inputFeatures: 4, outputFeatures: 2)

        func forward(_ input: Tensor, context: Context) -> Tensor { linear(input.globalAveragePooled(), context) }
    }

    @Test func theSampleIsNamed() throws {
        let network = Classifier()
        network.initialize(key: RandomKey(seed: 0))
        let trainer = Trainer(
            network, loss: CrossEntropy(), optimizer: SGD(network.parameters, learningRate: 0.1),
            training: try DataLoader(Broken(), batchSize: 8))
        let reason = try #require(#expect(throws: TrainingError.self) { try trainer.train() }).reason
        #expect(reason.hasPrefix("training diverged at step 1, epoch 1, learning rate 0.1: the loss is nan; "))
        #expect(reason.hasSuffix("the first values that are not finite are pixels of features/5"), "\(reason)")
    }

    @Test func theLayerIsNamed() throws {
        let trainer = try TestExperiment.trainer { $0.training.gradientClipNorm = 1 }
        let name = "backbone.layer2.0.conv1.weight"
        let parameters = ModuleTree(trainer.network).parameters
        let parameter = try #require(parameters.first { $0.name == name }?.parameter)
        parameter.value = parameter.value * .infinity
        let reason = try #require(#expect(throws: TrainingError.self) { try trainer.train() }).reason
        #expect(reason.contains("outputs of 'backbone.layer2.0"), "\(reason)")
        #expect(reason.contains("for all 8 samples of the batch, such as sample "), "\(reason)")
    }

    @Test func theSampleOfValidationIsNamed() throws {
        let network = Classifier()
        network.initialize(key: RandomKey(seed: 0))
        let trainer = Trainer(
            network, loss: CrossEntropy(), optimizer: SGD(network.parameters, learningRate: 0.1),
            training: try DataLoader(DatasetSubset(Broken(), indices: [0, 1, 2, 3]), batchSize: 4),
            validation: try DataLoader(Broken(), batchSize: 2, evaluates: true))
        let reason = try #require(#expect(throws: TrainingError.self) { try trainer.train() }).reason
        #expect(reason.contains("the validation loss is nan"), "\(reason)")
        #expect(reason.hasSuffix("pixels of features/5"), "\(reason)")
    }
}
