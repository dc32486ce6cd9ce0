import Foundation
import NNDatasets
@_spi(Internal) import NNInference
import NNLayers
import Testing

@_spi(Internal) @testable import NNTraining

/// Several labels in an image, and numbers, from the configuration to predictions.
struct TaskTests {
    private static func change(
        _ task: PredictionTask, _ change: @escaping (inout ExperimentConfig) -> Void = { _ in }
    ) -> (inout ExperimentConfig) -> Void {
        { config in
            config.data.dataset = [
                "type": "shapes", "size": 16, "class_count": 3, "train_count": 96, "validation_count": 40,
                "task": ConfigNode(.string(task.rawValue)),
            ]
            config.data.trainTransforms = []
            change(&config)
        }
    }

    private func failure(_ task: PredictionTask, _ change: @escaping (inout ExperimentConfig) -> Void) -> String? {
        do {
            _ = try TestExperiment.experiment(Self.change(task, change)).proveShapes()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [(PredictionTask.multiLabel, "binary_cross_entropy"), (.regression, "mse")])
    func theTaskHasALossAndMetrics(_ task: PredictionTask, _ loss: String) throws {
        let node = TestExperiment.config(Self.change(task)).node
        let config = try ConfigCheck(registry: TestExperiment.registry()).resolve(node)
        #expect(config.loss?.name == loss)
        let experiment = try TestExperiment.experiment(Self.change(task))
        #expect(try experiment.proveShapes().logits == [8, 3])
        #expect(try experiment.makeMetrics().count == 1)
        for head in ["classifier", "mlp_classifier"] as [Component<HeadEnvironment, any Head>] {
            let network = try TestExperiment.experiment(Self.change(task) { $0.model.head = head }).makeNetwork()
            #expect(network.head.task == task)
        }
    }

    @Test func whatDoesNotFitIsRefusedWithBothNames() throws {
        let loss = failure(.multiLabel) { $0.loss = "cross_entropy" }
        #expect(
            loss?.contains(
                "the loss 'cross_entropy' takes class indices, and the data set 'shapes' is for multi_label, with labels of "
                    + "0 and 1 for each class") == true, "\(loss ?? "")")
        #expect(loss?.contains("use 'binary_cross_entropy', or another data set") == true)
        let metric = failure(.regression) { $0.training.metrics = [["type": "top_k", "k": 2]] }
        #expect(
            metric?.contains("the metric 'top_k' takes class indices, and the data set 'shapes' is for regression")
                == true,
            "\(metric ?? "")")
        #expect(failure(.classification) { $0.loss = "mse" }?.contains("the loss 'mse' takes numbers") == true)
        let sum = failure(.regression) { $0.loss = ["type": "sum", "terms": [["loss": "mse"], ["loss": "focal"]]] }
        #expect(sum?.contains("the loss 'sum' takes no labels") == true, "\(sum ?? "")")
        let head = failure(.multiLabel) {
            $0.model.backbone = ["type": "resnet_cifar", "depth": 8]
            $0.model.head = "upsample"
        }
        #expect(head?.contains("the head is for segmentation, the data set for multi_label") == true, "\(head ?? "")")
        let sigmoid = failure(.multiLabel) { $0.model.head = ["type": "mlp_classifier", "output": "sigmoid"] }
        #expect(sigmoid?.contains("must be softmax, an output for each of 3, for multi_label") == true)
        let typo = failure(.multiLabel) { $0.data.dataset = ["type": "shapes", "task": "multilabel"] }
        #expect(typo?.contains("did you mean 'multi_label'?") == true, "\(typo ?? "")")
        let sampler = failure(.regression) { $0.data.sampler = "balanced" }
        #expect(sampler?.contains("draws by class, and the data set has numbers; use 'shuffle'") == true)
        let mixing = failure(.regression) { $0.data.batchTransforms = ["cutmix"] }
        #expect(mixing?.contains("'cutmix' mixes classes, and the data set has numbers") == true)
    }

    /// A run that was interrupted and resumed ends with the same files, thresholds included.
    @Test(arguments: [PredictionTask.multiLabel, .regression], [3, 12, 15])
    func resumesWithTheSameBytes(_ task: PredictionTask, _ step: Int) throws {
        let folder = try TemporaryFolder()
        let change = Self.change(task) { config in
            config.data.batchTransforms = ["mixup"]
            config.training.earlyStopping = EarlyStoppingConfig()
            config.training.ema = MovingAverageConfig()
        }
        let whole = try RunDirectory.create(in: folder.url, configuration: "shapes")
        try TestExperiment.trainer(run: whole, change).train()
        let parts = try RunDirectory.create(in: folder.url, configuration: "shapes")
        let first = try TestExperiment.trainer(run: parts, change)
        first.callbacks.append(RecordingCallback(lastStep: step))
        #expect(try first.train().ending == .stoppedByCallback)
        let second = try TestExperiment.trainer(run: parts, change)
        try second.restore(Checkpoint(contentsOf: parts.url(of: .last)))
        #expect(try second.train().ending == .completed)
        for name in [RunDirectory.CheckpointName.last, .best] {
            #expect(try Data(contentsOf: parts.url(of: name)) == Data(contentsOf: whole.url(of: name)))
        }
    }

    /// The restored predictor uses the thresholds of the best epoch, which the evaluation with them confirms.
    @Test func severalLabelsArePredictedByTheirThresholds() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        let trainer = try TestExperiment.trainer(run: run, Self.change(.multiLabel) { $0.epochs = 4 })
        let recorder = RecordingCallback()
        trainer.callbacks.append(recorder)
        try trainer.train()
        #expect(trainer.progress.best?.metric == "validation_mAP" && trainer.progress.best?.mode == .max)
        #expect(FileManager.default.fileExists(atPath: run.file("predictions.png").path))

        let registry = try TestExperiment.registry()
        let predictor = try Predictor(run: run, registry: registry)
        let thresholds = try #require(predictor.data.thresholds)
        #expect(thresholds.count == 3 && thresholds.allSatisfy { 0...1 ~= $0 } && thresholds != [0.5, 0.5, 0.5])
        let experiment = try Experiment(RunDirectory(existing: run.url).config(), registry: registry)
        let network = try experiment.makeNetwork(pretrained: false)
        try Checkpoint(contentsOf: run.url(of: .best)).load(into: network)
        func measured(_ thresholds: [Float]?) throws -> MultiLabelScores {
            var metric = MultiLabelScores(classNames: predictor.data.classNames, thresholds: thresholds)
            let batches = try experiment.makeLoader(.validation).batches(epoch: 0)
            while let batch = try batches.next() {
                metric.update(
                    Predictions(logits: network(batch.images, .inference()), task: .multiLabel), labels: batch.labels)
            }
            return metric
        }
        let tuned = try measured(thresholds)
        func f1(_ metric: MultiLabelScores) -> Double { metric.values.first { $0.name == "macro_f1" }?.value ?? 0 }
        #expect(f1(tuned) >= f1(try measured(nil)))
        var counts = [Int](repeating: 0, count: 3)
        let validation = try experiment.dataset(.validation)
        for index in 0..<validation.count {
            let outputs = try predictor.values(of: validation.sample(at: index).image).outputs
            #expect(outputs.map(\.threshold) == thresholds)
            for output in outputs where output.isPredicted == true { counts[output.index] += 1 }
        }
        #expect(counts == tuned.counts.map { $0.truePositives + $0.falsePositives })
    }

    @Test func numbersArePredictedWithTheirNames() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        let trainer = try TestExperiment.trainer(run: run, Self.change(.regression) { $0.epochs = 6 })
        let recorder = RecordingCallback()
        trainer.callbacks.append(recorder)
        try trainer.train()
        #expect(trainer.progress.best?.metric == "validation_mae" && trainer.progress.best?.mode == .min)
        let (first, last) = (try #require(recorder.epochs.first), try #require(recorder.epochs.last))
        #expect(try #require(last["validation_rmse"]) < #require(first["validation_rmse"]))
        let predictor = try Predictor(run: run, registry: TestExperiment.registry())
        #expect(predictor.data.thresholds == nil)
        let prediction = try predictor.values(of: Shapes(task: .regression, size: 16).sample(at: 0).image)
        #expect(prediction.outputs.map(\.name) == ["x", "y", "size"] && prediction.predicted.isEmpty)
        #expect(prediction.outputs.allSatisfy { $0.threshold == nil && $0.value.isFinite })
    }

    /// Features of images keep their labels, and a head trains on them.
    @Test(arguments: [PredictionTask.multiLabel, .regression])
    func headsTrainOnFeatures(_ task: PredictionTask) throws {
        let folder = try TemporaryFolder()
        let experiment = try TestExperiment.experiment(Self.change(task))
        let network = try experiment.makeNetwork()
        var file = FeatureFile(description: try experiment.featureDescription(of: network.backbone), splits: [:])
        for split in [Split.train, .validation] {
            let loader = try experiment.makeLoader(split)
            file.splits[split] = try FeatureExtractor(network.backbone).features(
                of: experiment.dataset(split), loader)
        }
        let url = folder.file("features.safetensors")
        try file.write(to: url)
        func features(_ name: String) -> (inout ExperimentConfig) -> Void {
            Self.change(task) { config in
                config.data.dataset = [
                    "type": "features", "path": ConfigNode(.string(url.path)), "task": ConfigNode(.string(name)),
                ]
                config.model.backbone = "features"
            }
        }
        let trainer = try TestExperiment.trainer(features(task.rawValue))
        let batch = try #require(try trainer.training.batches(epoch: 0).next())
        #expect(batch.labels.shape == [8, 3] && batch.labels.dataType == .float32)
        try trainer.train()
        let error = #expect(throws: DatasetError.self) { try TestExperiment.trainer(features("classification")) }
        #expect(error?.description.contains("its labels are for \(task.rawValue), not for classification") == true)
    }
}
