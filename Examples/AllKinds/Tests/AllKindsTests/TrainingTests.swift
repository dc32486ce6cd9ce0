import Foundation
import NNDatasets
import NNHeads
import NNInference
import NNLayers
import NNOptimizers
import NNTraining
import NNWeights
import Testing

// nnkit compiles these tests and the plugin as one module.
#if canImport(AllKinds)
import AllKinds
#endif

/// The file that names every component, as `nn-all-kinds train all_kinds.yaml` trains it.
@Suite struct TrainingTests {
    private static let file = path("all_kinds.yaml")

    private static func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../\(name)")
            .standardizedFileURL.path
    }

    private static func experiment(_ overrides: [String] = [], file: String = Self.file) throws -> Experiment {
        let registry = try Registry(plugins: [
            LayersPlugin(), DatasetsPlugin(), OptimizersPlugin(), WeightsPlugin(), InferencePlugin(), TrainingPlugin(),
            HeadsPlugin(), AllKindsPlugin(),
        ])
        let node = try ConfigLoader.load(file, overrides: overrides)
        return try Experiment(ConfigCheck(registry: registry).resolve(node), registry: registry)
    }

    /// Keeps the records of training.
    private final class Recorder: TrainingCallback {
        private(set) var epochs: [EpochRecord] = []
        func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) { epochs.append(epoch) }
    }

    @Test func theFileNamesEveryComponent() throws {
        let registry = try Registry(plugins: [AllKindsPlugin()])
        let text = try ["all_kinds.yaml", "count.yaml"]
            .map { try String(contentsOfFile: Self.path($0), encoding: .utf8) }.joined()
        let names = registry.descriptions().map(\.name)
        #expect(names.count == 20)
        #expect(names.filter { !text.contains($0) } == [])
    }

    @Test func trains() throws {
        let experiment = try Self.experiment()
        #expect(try experiment.proveShapes().logits == [16, 4])
        let trainer = try experiment.makeTrainer()
        let recorder = Recorder()
        trainer.callbacks.append(recorder)
        try trainer.train()
        let first = try #require(recorder.epochs.first)
        let last = try #require(recorder.epochs.last)
        let (before, after) = (try #require(first["train_loss"]), try #require(last["train_loss"]))
        #expect(after < before)
        // Guessing gives 25.
        #expect(try #require(last["validation_top1"]) > 50)
        #expect(try #require(last["validation_ece"]) < 100)
    }

    /// A task of the plugin has its own default loss, its metrics measure counts and not logarithms, and predictions are
    /// counts with a name.
    @Test func trainsATaskOfItsOwn() throws {
        let experiment = try Self.experiment(["loss=null"], file: Self.path("count.yaml"))
        #expect(experiment.source.task == .objectCount && experiment.config.loss?.name == "poisson")
        #expect(try experiment.proveShapes().logits == [16, 1])
        let trainer = try experiment.makeTrainer()
        let recorder = Recorder()
        trainer.callbacks.append(recorder)
        try trainer.train()
        #expect(trainer.progress.best?.metric == "validation_mae")
        // Always guessing 3 of 0 to 6 has a mean absolute error of 12 / 7 = 1.7.
        #expect(try #require(recorder.epochs.last?["validation_mae"]) < 1.4)
        let predictor = Predictor(trainer.network, task: trainer.task, data: trainer.description)
        let dots = Dots(split: .test, size: 20, maximum: 6, count: 14)
        let (none, six) = (
            try predictor.values(of: dots.sample(at: 0).image).outputs[0],
            try predictor.values(of: dots.sample(at: 13).image).outputs[0]
        )
        // Counts, and not their logarithms.
        #expect(none.name == "dots" && none.value > 0 && none.value < 3, "\(none)")
        #expect(six.value > none.value + 2, "\(six)")
        let refused = #expect(throws: ConfigError.self) {
            try Self.experiment(["loss=poly"], file: Self.path("count.yaml")).proveShapes()
        }
        #expect(refused?.description.contains("the loss 'poly' takes class indices") == true)
    }

    /// The task is also that of a CSV file of the built-in data set `table`, which names it.
    @Test func countsObjectsOfATable() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "counts-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let dots = Dots(split: .train, size: 20, maximum: 6, count: 14)
        var rows = "image,dots\n"
        for index in 0..<dots.count {
            let sample = dots.sample(at: index)
            guard case .values(let values) = sample.target else { continue }
            try sample.image.writePNG(to: folder.appending(path: "\(index).png"))
            rows += "\(index).png,\(Int(values.floats[0]))\n"
        }
        let file = folder.appending(path: "counts.csv")
        try Data(rows.utf8).write(to: file)
        let experiment = try Self.experiment(
            [
                "data.dataset={type: table, train: \(file.path), validation: \(file.path), task: object_count}",
                "loss=null", "epochs=1", "data.batch_size=7",
            ], file: Self.path("count.yaml"))
        #expect(experiment.source.task == .objectCount && experiment.config.loss?.name == "poisson")
        #expect(try experiment.proveShapes().logits == [7, 1])
        let trainer = try experiment.makeTrainer()
        try trainer.train()
        #expect(trainer.progress.best?.metric == "validation_mae")
    }

    /// Weights in the names of timm go to the backbone, and nowhere else.
    @Test func readsWeightsByTheNamesOfTimm() throws {
        let registry = try Registry(plugins: [LayersPlugin(), WeightsPlugin(), AllKindsPlugin()])
        let map = try registry.build(.nameMap, from: "timm_convmixer")
        let options: [String] = ["model.backbone.normalization=batch_norm", "model.backbone.activation=gelu"]
        let network = try Self.experiment(options).makeNetwork()
        let url = FileManager.default.temporaryDirectory.appending(path: "timm-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        let entries = network.backbone.stateDictionary.entries.map { entry in
            (name: map.origin(of: "backbone." + entry.name)?.name ?? "", tensor: entry.tensor)
        }
        #expect(entries.contains { $0.name == "blocks.1.0.fn.0.weight" })
        try SafetensorsFile.write(tensors: entries, to: url)

        let weights = "model.weights={file: \(url.path), names: timm_convmixer, part: backbone}"
        let loaded = try Self.experiment(options + ["seed=2", weights]).makeNetwork()
        let values = loaded.stateDictionary
        for entry in network.stateDictionary.entries where entry.name.hasPrefix("backbone.") {
            #expect(values[entry.name]?.floats == entry.tensor.floats, "\(entry.name)")
        }
        #expect(values["head.fc.weight"]?.floats != network.stateDictionary["head.fc.weight"]?.floats)
    }
}
