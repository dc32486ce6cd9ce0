import Foundation
import NNBackbones
import NNDatasets
import NNHeads
import NNInference
import NNLayers
import NNLosses
import NNOptimizers
import NNTraining
import Testing
@testable import NNReporting

@Suite struct ReportTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "nnkit-\(UUID())/shapes/run")
    private let registry: Registry

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        registry = try Registry(plugins: [
            LayersPlugin(), BackbonesPlugin(), HeadsPlugin(), LossesPlugin(), DatasetsPlugin(), OptimizersPlugin(),
            InferencePlugin(), TrainingPlugin(), ReportingPlugin(),
        ])
    }

    private func config(_ change: (inout ExperimentConfig) -> Void = { _ in }) -> ExperimentConfig {
        var config = ExperimentConfig()
        config.model.backbone = ["type": "resnet_cifar", "depth": 8]
        config.model.head = "classifier"
        config.data.dataset = [
            "type": "shapes", "size": 16, "class_count": 3, "train_count": 24, "validation_count": 12,
        ]
        config.data.batchSize = 8
        config.epochs = 2
        config.training.logEvery = 1
        change(&config)
        return config
    }

    private func run() throws -> RunDirectory { try RunDirectory(existing: folder) }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.appending(path: name))
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }

    @Test func trainingWritesItsPage() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let trainer = try Experiment(config { $0.training.report = true }, registry: registry).makeTrainer(run: run())
        let pages = PageRecorder(folder)
        trainer.callbacks.append(pages)
        try trainer.train()
        try #require(pages.texts.count == 3)
        #expect(pages.texts[0].contains(">running</span> epoch 1 of 2") && pages.texts[0].contains("no scores yet"))
        #expect(pages.texts[1].contains(">running</span> epoch 1 of 2") && pages.texts[1].contains("reload"))
        #expect(pages.texts[2].contains(">running</span> epoch 2 of 2"))
        let last = try text("report.html")
        #expect(last.contains(">finished</span> epoch 2 of 2") && !last.contains("setInterval"))
        // With the predictions, which come from the data.
        #expect(last.contains("<section id=\"confusion\"") || last.contains("Confusion"))
        #expect(last.contains("of the process"))

        // A process that dies leaves lines without ends.
        let (rows, steps) = (try text("metrics.jsonl"), try text("steps.csv"))
        try write("metrics.jsonl", rows + "{\"epoch\": 3, \"st")
        try write("steps.csv", steps + "7,3,0.")
        let notices = try Report(run(), registry: registry, hasPredictions: false).write()
        #expect(notices.isEmpty)
        #expect(try text("metrics.jsonl") == rows + "{\"epoch\": 3, \"st" && text("steps.csv") == steps + "7,3,0.")
        #expect(!names.contains { $0.hasSuffix(".tmp") })
    }

    @Test func runWithoutRowsHasAPage() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("config.yaml", "epochs: 3\n")
        try write("classes.txt", "<script>alert(1)</script>\n\"猫'\n")
        try write("skipped.csv", "split,index,path,reason,epoch\ntrain,0,\"<b>,.png\",broken,1\ntrain,1,to")
        let notices = try Report(run(), registry: registry).write()
        let html = try text("report.html")
        // The data set is not named, so that it cannot be opened.
        #expect(notices.count == 1 && notices[0].contains("left out"))
        #expect(html.contains("Nothing was evaluated") && html.contains("epoch 0 of 3"))
        #expect(html.contains("&lt;b&gt;,.png") && html.contains("1 sample could not be used"))
        #expect(html.components(separatedBy: "<script>").count == 2)
    }

    @Test func otherFoldersAndBrokenLogsAreRefused() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(throws: RunError.self) { try Report(run(), registry: registry).write() }
        try write("config.yaml", "epochs: 3\n")
        try write("metrics.jsonl", "what\n")
        #expect(throws: RunError.self) { try Report(run(), registry: registry).write() }
        #expect(!names.contains("report.html"))
        try write("metrics.jsonl", "")
        #expect(throws: TensorFileError.self) {
            try Report(run(), registry: registry).write(to: folder.appending(path: "none/report.html"))
        }
    }

    @Test func pageThatCannotBeWrittenDoesNotEndTraining() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        // A folder of its name cannot be replaced by a file.
        let page = folder.appending(path: "report.html/inside")
        try FileManager.default.createDirectory(at: page, withIntermediateDirectories: true)
        let trainer = try Experiment(config { $0.training.report = true }, registry: registry).makeTrainer(run: run())
        let pages = PageRecorder(folder)
        trainer.callbacks.append(pages)
        let summary = try trainer.train()
        #expect(summary.ending == .completed && pages.warnings.count == 4)
        #expect(pages.warnings.allSatisfy { $0.contains("report of the run was not written") })
    }

    @Test func reportNeedsItsPlugin() throws {
        let plain = try Registry(plugins: [
            LayersPlugin(), BackbonesPlugin(), HeadsPlugin(), LossesPlugin(), DatasetsPlugin(), OptimizersPlugin(),
            InferencePlugin(), TrainingPlugin(),
        ])
        let experiment = try Experiment(config { $0.training.report = true }, registry: plain)
        #expect {
            try experiment.makeTrainer()
        } throws: { "\($0)".contains("training.report: no callback 'report' is registered") }
        #expect(throws: ConfigError.self) {
            try ConfigCheck(registry: plain).resolve(config { $0.training.report = true }.node)
        }
    }
}

/// Keeps the pages of a run as they were after each evaluation.
private final class PageRecorder: TrainingCallback {
    private let file: URL
    private(set) var texts: [String] = []
    private(set) var warnings: [String] = []

    init(_ folder: URL) { file = folder.appending(path: "report.html") }

    private func record() { texts.append((try? String(contentsOf: file, encoding: .utf8)) ?? "") }

    func didStart(_ trainer: Trainer) { record() }
    func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) { record() }
    func didWarn(_ message: String, of trainer: Trainer) { warnings.append(message) }
}
