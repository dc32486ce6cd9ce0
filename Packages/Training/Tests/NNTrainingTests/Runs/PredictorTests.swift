import NNDatasets
import Foundation
import NNInference
import NNLayers
import Testing

@testable import NNTraining

struct PredictorTests {
    /// A restored predictor predicts for each image what the evaluation counted.
    @Test func agreesWithTheEvaluation() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        let trainer = try TestExperiment.trainer(run: run) { config in
            config.epochs = 3
            config.training.ema = MovingAverageConfig()
            config.data.normalize = Normalization(mean: [0.5, 0.4, 0.3], standardDeviation: [0.2, 0.3, 0.4])
        }
        try trainer.train()
        let best = try #require(trainer.progress.best?.best)

        let registry = try TestExperiment.registry()
        let predictor = try Predictor(run: run, registry: registry)
        #expect(predictor.data.classNames == ["circle", "square", "triangle"])
        let validation = try Experiment(RunDirectory(existing: run.url).config(), registry: registry).dataset(
            .validation)
        var right = 0
        for index in 0..<validation.count {
            let sample = try validation.sample(at: index)
            let prediction = try predictor.predict(sample.image)
            #expect(prediction.classes.count == 3)
            #expect(isClose([prediction.classes.reduce(0) { $0 + $1.probability }], [1], tolerance: 1e-5))
            #expect(prediction.classes[0].probability >= prediction.classes[1].probability)
            if sample.target == .label(prediction.classes[0].index) { right += 1 }
        }
        #expect(isClose([Double(right) / Double(validation.count) * 100], [best], tolerance: 1e-9))
    }

    @Test func runsWithoutACheckpointAreRefused() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        let experiment = try TestExperiment.experiment()
        _ = try experiment.makeTrainer(run: run)
        let error = #expect(throws: CheckpointError.self) {
            try Predictor(run: run, registry: TestExperiment.registry())
        }
        #expect(error?.description.contains("has no best checkpoint") == true)
    }

    @Test func picturesOfTheWrongSizeAreRefusedByName() throws {
        let network = try TestExperiment.experiment().makeNetwork()
        let predictor = Predictor(network, data: DataDescription(), transforms: [CenterCrop(size: Size(16))])
        let folder = try TemporaryFolder()
        let url = folder.file("small.png")
        try Image(size: Size(8)).writePNG(to: url)
        let error = #expect(throws: ImageError.self) { try predictor.predict(contentsOf: url) }
        #expect(error?.description.contains("small.png") == true)
        #expect(try predictor.predict(Image(size: Size(20)), count: 2).classes.map(\.name).count == 2)
    }
}
