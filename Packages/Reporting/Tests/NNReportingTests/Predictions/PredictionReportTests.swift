import Foundation
import NNBackbones
@_spi(Internal) import NNDatasets
import NNHeads
@_spi(Internal) import NNInference
import NNLayers
import NNLosses
import NNOptimizers
@_spi(Internal) import NNTraining
import Testing

@testable import NNReporting

@Suite struct PredictionReportTests {
    /// A run on small images of two colours, with one image that is no image.
    private final class Fixture {
        let folder: URL
        let registry: Registry
        let run: RunDirectory

        init(validation: Bool = true) throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString)")
            registry = try Registry(plugins: [
                LayersPlugin(), BackbonesPlugin(), HeadsPlugin(), LossesPlugin(), DatasetsPlugin(), OptimizersPlugin(),
                InferencePlugin(), TrainingPlugin(),
            ])
            for (split, count) in [("train", 6), ("validation", 5)] {
                for (label, name) in ["blue", "red <b>"].enumerated() {
                    let url = folder.appending(path: "data/\(split)/\(name)")
                    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
                    for index in 0..<count {
                        var image = Image(size: Size(8), filledWith: UInt8(20 * index))
                        image[index % 8, 2, label] = 255
                        try image.writePNG(to: url.appending(path: "\(index).png"))
                    }
                }
            }
            try Data("no image".utf8).write(to: folder.appending(path: "data/validation/blue/2.png"))
            var config = ExperimentConfig()
            config.model.backbone = ["type": "resnet_cifar", "depth": 8]
            config.model.head = "classifier"
            config.data.dataset = [
                "type": "class_folders", "path": .init(.string(folder.appending(path: "data").path)),
            ]
            config.data.batchSize = 4
            config.data.onError = .skip
            config.data.validation = validation
            config.optimizer = ["type": "sgd", "lr": 0.05]
            config.schedule = "cosine"
            config.epochs = 1
            run = try RunDirectory.create(in: folder.appending(path: "runs"), configuration: "colors")
            try Experiment(config, registry: registry).makeTrainer(run: run).train()
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func report(_ split: Split? = nil) throws -> PredictionReport {
            let trained = try TrainedRun(run, config: run.config(registry: registry), isForTraining: false)
            return try PredictionReport(trained, of: Experiment(trained.config, registry: registry), split: split)
        }
    }

    @Test func showsWhatAnEvaluationCounts() throws {
        let fixture = try Fixture()
        let report = try fixture.report()
        #expect(report.split == .validation && report.evaluation.sampleCount == 9)
        let accuracy = try #require(report.evaluation.scores.first { $0.name == "accuracy" })
        let right = Int((accuracy.value * 9 / 100).rounded())
        #expect(report.sections.body("classes").contains("\(right) of 9 images are right"))
        let notice = try #require(report.notices.first { $0.contains("could not be used") })
        #expect(notice.contains("1 image could not be used and was left out") && notice.contains("blue/2.png"))
        #expect(report.sections.body("worst").count(of: "<img") == 9)
        #expect(report.sections.markup.contains("red &lt;b&gt;/") && !report.sections.markup.contains("<b>/"))
        #expect(try fixture.report(.train).evaluation.sampleCount == 12)
    }

    @Test func withoutValidationTrainingSamplesAreShown() throws {
        let fixture = try Fixture(validation: false)
        let report = try fixture.report()
        #expect(report.split == .train)
        #expect(report.sections.body("worst").contains("look here for wrong labels"))
        let error = #expect(throws: DatasetError.self) { try fixture.report(.validation) }
        #expect(error?.reason.contains("there are no validation samples") == true)
    }

    @Test func dataThatIsGoneIsNamed() throws {
        let fixture = try Fixture()
        try FileManager.default.removeItem(at: fixture.folder.appending(path: "data"))
        let error = #expect(throws: DatasetError.self) { try fixture.report() }
        #expect(error?.description.contains("data") == true)
    }

    @Test func splitsWithoutSamplesAreRefused() throws {
        let fixture = try Fixture()
        let error = #expect(throws: DatasetError.self) { try fixture.report(.test) }
        #expect(error?.description.contains("test") == true)
    }
}
