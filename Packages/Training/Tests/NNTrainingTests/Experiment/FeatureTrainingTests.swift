import NNDatasets
import Foundation
import NNInference
import NNLayers
import Testing

@_spi(Internal) @testable import NNTraining

/// From images to features, to a head that is trained on them.
struct FeatureTrainingTests {
    private let head: Component<HeadEnvironment, any Head> = [
        "type": "mlp_classifier", "layers": [["width": 16, "dropout": 0.1]], "output": "softmax",
    ]

    /// Features of both splits by the random weights of the seed.
    private func write(to url: URL, dataType: DataType = .float32) throws -> Experiment {
        let experiment = try TestExperiment.experiment { $0.model.head = head }
        let network = try experiment.makeNetwork()
        let extractor = FeatureExtractor(network.backbone, dataType: dataType)
        var file = FeatureFile(description: try experiment.featureDescription(of: network.backbone), splits: [:])
        for split in [Split.train, .validation] {
            let loader = try experiment.makeLoader(split, keepsSamples: false)
            file.splits[split] = try extractor.features(of: experiment.source.dataset(split), loader)
        }
        try file.write(to: url)
        return experiment
    }

    private func config(_ url: URL, _ change: (inout ExperimentConfig) -> Void = { _ in }) -> ExperimentConfig {
        TestExperiment.config { config in
            config.model.backbone = "features"
            config.model.head = head
            config.data.dataset = ["type": "features", "path": ConfigNode(.string(url.path))]
            config.data.trainTransforms = []
            change(&config)
        }
    }

    @Test func luminanceIsEnoughForABackboneOfOneChannel() throws {
        let experiment = try TestExperiment.experiment {
            $0.model.backbone = ["type": "resnet_cifar", "depth": 8, "in_channels": 1]
        }
        let backbone = try experiment.makeNetwork().backbone
        let loader = try experiment.makeLoader(.validation, keepsSamples: false)
        let features = try FeatureExtractor(backbone).features(of: experiment.dataset(.validation), loader)
        #expect(features.features.shape == [30, 64])
    }

    @Test func picturesThatABackboneCannotTakeAreRefused() throws {
        let experiment = try TestExperiment.experiment { $0.model.backbone = "inception_resnet_v2" }
        let backbone = try experiment.makeNetwork().backbone
        let loader = try experiment.makeLoader(.validation, keepsSamples: false)
        let error = #expect(throws: ImageError.self) {
            try FeatureExtractor(backbone).features(of: experiment.dataset(.validation), loader)
        }
        #expect(error?.reason.contains("does not accept an image of 16x16 pixels") == true)
    }

    @Test func featuresAreWhatTheHeadWouldSee() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "f.safetensors")
        let experiment = try write(to: url)
        let file = try FeatureFile(contentsOf: url)
        #expect(file.description.classNames == ["circle", "square", "triangle"])
        #expect(file.description.backbone.contains("resnet_cifar"))
        let part = try #require(file.splits[.validation])
        #expect(part.features.shape == [30, 64])
        // The head makes the same of the features as the network of the images.
        let network = try experiment.makeNetwork()
        let onFeatures = try Experiment(config(url), registry: TestExperiment.registry()).makeNetwork()
        let head = network.head.stateDictionary
        #expect(onFeatures.head.stateDictionary.names == head.names)
        #expect(onFeatures.stateDictionary.names == head.names.map { "head.\($0)" })
        try onFeatures.head.load(head)
        let batch = try #require(try experiment.makeLoader(.validation).batches(epoch: 0).next())
        let expected = network(batch.images, .inference()).floats
        let found = onFeatures(part.features[0..<8].reshaped([8, 1, 1, 64]), .inference()).floats
        #expect(isClose(found, expected, tolerance: 1e-5))
        #expect(
            part.labels[0..<8].withScalars(as: Int32.self, Array.init)
                == batch.labels.withScalars(as: Int32.self, Array.init))
    }

    @Test(arguments: [Precision.float32, .bfloat16])
    func aHeadTrainsOnFeatures(precision: Precision) throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "f.safetensors")
        _ = try write(to: url, dataType: precision.dataType)
        let run = try RunDirectory.create(in: folder.url, configuration: "top")
        let experiment = try Experiment(
            config(url) {
                $0.precision = precision
                $0.epochs = 3
                $0.training.metrics = ["confusion_matrix"]
            }, registry: TestExperiment.registry())
        let proof = try experiment.proveShapes()
        #expect(proof.imageSize == 1)
        #expect(proof.multiplyAccumulates == 64 * 16 + 16 * 3)
        let trainer = try experiment.makeTrainer(run: run)
        let before = trainer.network.stateDictionary.entries.map(\.tensor.floats)
        #expect(try trainer.train().ending == .completed)
        #expect(trainer.network.stateDictionary.entries.map(\.tensor.floats) != before)
        let checkpoint = try Checkpoint(contentsOf: run.url(of: .best))
        #expect(checkpoint.information.data.featureCount == 64)
        #expect(checkpoint.information.data.classNames == ["circle", "square", "triangle"])
        let error = #expect(throws: CheckpointError.self) {
            try Predictor(run: run, registry: TestExperiment.registry())
        }
        #expect(error?.reason == "its network takes features instead of images")
    }

    @Test func whatIsForPicturesIsRefused() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "f.safetensors")
        _ = try write(to: url)
        let refused: [(message: String, change: (inout ExperimentConfig) -> Void)] = [
            ("which cannot be transformed", { $0.data.trainTransforms = ["flip"] }),
            ("which cannot be transformed", { $0.data.validationTransforms = ["flip"] }),
            ("not normalized", { $0.data.normalize = Normalization() }),
            ("use the backbone 'features'", { $0.model.backbone = ["type": "resnet_cifar", "depth": 8] }),
            (
                "features per sample, and the backbone takes 3 channels",
                { $0.model.backbone = ["type": "features", "channels": 3] }
            ),
            (
                "needs the data set 'features'",
                {
                    $0.model.backbone = ["type": "features", "channels": 64]
                    $0.data.dataset = ["type": "shapes", "size": 16, "class_count": 3]
                }
            ),
            (
                "unless the data set is one of features",
                { $0.data.dataset = ["type": "shapes", "size": 16, "class_count": 3] }
            ),
        ]
        for (message, change) in refused {
            let error = #expect(throws: ConfigError.self) {
                try Experiment(config(url, change), registry: TestExperiment.registry()).proveShapes()
            }
            #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        }
    }

    /// A sample that cannot be read is left out, and not replaced by another one.
    @Test func brokenPicturesAreLeftOut() throws {
        struct Broken: Dataset {
            let base: any Dataset
            var count: Int { base.count }
            var classNames: [String] { base.classNames }
            func sample(at index: Int) throws -> Sample {
                if index == 4 { throw ImageError(file: "4", reason: "broken", remedy: "none") }
                return try base.sample(at: index)
            }
        }
        let experiment = try TestExperiment.experiment()
        let dataset = Broken(base: try experiment.source.dataset(.validation))
        let extractor = FeatureExtractor(try experiment.makeNetwork().backbone)
        let part = try extractor.features(of: dataset, DataLoader(dataset, batchSize: 8, brokenSamples: .skip))
        let whole = try extractor.features(of: dataset.base, DataLoader(dataset.base, batchSize: 8))
        #expect(part.names == (0..<30).filter { $0 != 4 }.map(String.init))
        #expect(part.features.shape == [29, 64])
        #expect(isClose(part.features[4].floats, whole.features[5].floats, tolerance: 1e-6))
        #expect(part.labels.elementCount == 29)
    }
}
