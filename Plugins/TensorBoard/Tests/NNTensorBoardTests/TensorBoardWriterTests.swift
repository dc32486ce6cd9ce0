import Foundation
import NNBackbones
import NNCore
import NNDatasets
import NNHeads
import NNInference
import NNLayers
import NNLosses
import NNOptimizers
import NNPluginTesting
import Testing

@testable import NNTensorBoard
@_spi(Internal) @testable import NNTraining

@Suite struct TensorBoardWriterTests {
    private static func registry() throws -> Registry {
        try Registry(plugins: [
            LayersPlugin(), BackbonesPlugin(), HeadsPlugin(), LossesPlugin(), DatasetsPlugin(), OptimizersPlugin(),
            InferencePlugin(), TrainingPlugin(), TensorBoardPlugin(),
        ])
    }

    /// Two epochs of six steps.
    private static func experiment(_ options: ConfigNode = "tensorboard") throws -> Experiment {
        var config = ExperimentConfig()
        config.model.backbone = ["type": "resnet_cifar", "depth": 8]
        config.model.head = "classifier"
        config.data.dataset = [
            "type": "shapes", "size": 16, "class_count": 3, "train_count": 48, "validation_count": 12,
        ]
        config.data.trainTransforms = ["flip"]
        config.data.batchSize = 8
        config.epochs = 2
        config.training.logEvery = 1
        config.training.saveEvery = .steps(4)
        config.training.gradientClipNorm = 100
        config.training.callbacks = [Component(options)]
        return try Experiment(config, registry: registry())
    }

    private struct Failure: Error {}

    /// Ends training as a killed process does: without saving.
    private final class Dying: TrainingCallback {
        private let step: Int
        init(after step: Int) { self.step = step }
        func didFinishStep(_ record: StepRecord, of trainer: Trainer) throws {
            if record.step == step { throw Failure() }
        }
    }

    /// Trains in a run folder, to the end or until it dies, from the last checkpoint if there is one.
    private func train(_ run: RunDirectory, _ options: ConfigNode = "tensorboard", dying step: Int? = nil) throws {
        let checkpoint = run.has(.last) ? try Checkpoint(contentsOf: run.url(of: .last)) : nil
        let trainer = try Self.experiment(options).makeTrainer(run: run, checkpoint: checkpoint)
        guard let step else {
            try trainer.train()
            return
        }
        trainer.callbacks.append(Dying(after: step))
        #expect(throws: Failure.self) { try trainer.train() }
    }

    private func makeRun(in folder: TemporaryFolder) throws -> RunDirectory {
        try RunDirectory.create(in: folder.url, configuration: "shapes")
    }

    /// Tags with their steps; what is measured by a clock differs.
    private func numbers(in folder: URL) throws -> [String: Float] {
        let clocks = ["step/images_per_second", "step/data_wait_seconds", "evaluation/seconds"]
        var result: [String: Float] = [:]
        for point in try points(in: folder) {
            if case .simpleValue(let number) = point.value.value, !clocks.contains(point.value.tag),
                point.value.tag != "evaluation/images_per_second"
            {
                result["\(point.value.tag) \(point.step)"] = number
            }
        }
        return result
    }

    private func names(in folder: URL) throws -> [String] {
        try points(in: folder).map { "\($0.value.tag) \($0.step)" }.sorted()
    }

    @Test func writesWhatTheRunFolderHas() throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(in: folder)
        try train(run)
        let board = run.file("tensorboard")
        let points = try points(in: board)
        let numbers = try numbers(in: board)
        let log = try MetricsLog(in: run)
        #expect(log.rows.map(\.step) == [6, 12])
        for row in log.rows {
            #expect(numbers["validation/top1 \(row.step)"] == row["validation_top1"].map { Float($0) })
            #expect(numbers["train/loss \(row.step)"] == row["train_loss"].map { Float($0) })
            #expect(numbers["evaluation/epoch \(row.step)"] == Float(row.epoch))
        }
        let table = try String(contentsOf: run.file("steps.csv"), encoding: .utf8).split(separator: "\n").dropFirst()
        #expect(table.count == 12)
        for line in table {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            #expect(numbers["step/loss \(cells[0])"] == Double(cells[2]).map { Float($0) })
            #expect(numbers["step/learning_rate \(cells[0])"] == Double(cells[3]).map { Float($0) })
            #expect(numbers["step/gradient_norm \(cells[0])"] == Double(cells[4]).map { Float($0) })
        }
        let parameters = try ModuleTree(Self.experiment().makeNetwork()).parameters
        for (name, parameter) in parameters {
            for (tag, steps) in [("weights/\(name)", [0, 6, 12]), ("gradients/\(name)", [1, 7])] {
                let found = points.filter { $0.value.tag == tag }
                #expect(found.map(\.step) == steps)
                #expect(found.allSatisfy { $0.value.histo.num == Double(parameter.value.elementCount) })
                #expect(found.allSatisfy { $0.value.histo.bucket.reduce(0, +) == $0.value.histo.num })
            }
        }
        let batch = points.filter { $0.value.tag.hasPrefix("batch/") }
        #expect(batch.count == 8 && batch.allSatisfy { $0.value.image.width == 16 && $0.step == 0 })
        let sheets = points.filter { $0.value.tag == "predictions" }
        #expect(sheets.map(\.step) == [6, 12])
        let sheet = try #require(sheets.last)
        #expect(try sheet.value.image.encodedImageString == Data(contentsOf: run.file("predictions.png")))
        let text = try #require(points.first { $0.value.tag == "run/configuration" })
        let config = try String(contentsOf: run.configFile, encoding: .utf8)
        #expect(String(decoding: text.value.tensor.stringVal[0], as: UTF8.self) == "```yaml\n\(config)```")
        for name in ["experiment", "session_start_info", "session_end_info"] {
            #expect(points.count { $0.value.tag == "_hparams_/\(name)" } == 1)
        }
    }

    /// Of a run that is killed anywhere, nothing is there twice, and nothing is missing.
    @Test(arguments: [[3], [5], [6], [7], [11, 9], [12]])
    func killedRunsContinueExactly(deaths: [Int]) throws {
        let folder = try TemporaryFolder()
        let (whole, run) = (try makeRun(in: folder), try makeRun(in: folder))
        try train(whole)
        for step in deaths where step > 4 || !run.has(.last) { try train(run, dying: step) }
        try train(run)
        let (expected, found) = (whole.file("tensorboard"), run.file("tensorboard"))
        #expect(try numbers(in: found) == numbers(in: expected))
        let repeated = try names(in: found).filter { !$0.hasPrefix("run/") }
        #expect(try repeated == names(in: expected).filter { !$0.hasPrefix("run/") })
        #expect(Set(try names(in: found)).count == (try names(in: found)).count)
        // Once more, when nothing is left to do.
        try train(run)
        #expect(try names(in: found).filter { !$0.hasPrefix("run/") } == repeated)
    }

    @Test func folderOfChoiceHasTheNamesOfRuns() throws {
        let folder = try TemporaryFolder()
        let run = try makeRun(in: folder)
        let boards = folder.file("boards")
        try train(
            run, ["type": "tensorboard", "folder": ConfigNode(.string(boards.path)), "histograms": 0, "images": 2])
        let name = "shapes/\(run.url.lastPathComponent)"
        let tags = Set(try points(in: boards.appendingPathComponent(name)).map(\.value.tag))
        #expect(tags.contains("batch/2") && !tags.contains("batch/3") && tags.contains("validation/top1"))
        #expect(!tags.contains { $0.hasPrefix("weights/") || $0.hasPrefix("gradients/") })
        let seed = folder.file("shapes-seeds/2025-11-30_18-03-59/seed-3")
        try FileManager.default.createDirectory(at: seed, withIntermediateDirectories: true)
        #expect(
            TensorBoardWriter.name(of: try RunDirectory(existing: seed))
                == "shapes-seeds/2025-11-30_18-03-59/seed-3")
    }

    @Test func aFolderThatCannotBeWrittenEndsTrainingBeforeItBegins() throws {
        let folder = try TemporaryFolder()
        try Data().write(to: folder.file("file"))
        let run = try makeRun(in: folder)
        let options: ConfigNode = ["type": "tensorboard", "folder": ConfigNode(.string(folder.file("file").path))]
        let trainer = try Self.experiment(options).makeTrainer(run: run)
        let error = #expect(throws: RunError.self) { try trainer.train() }
        #expect(error?.description.contains("name another one") == true)
        #expect(trainer.progress.step == 0)
    }

    @Test func anotherTrainingDoesNotMixIn() throws {
        let folder = try TemporaryFolder()
        let file = try EventFile(in: folder.url)
        try file.add(1, as: "loss", step: 1)
        try file.close()
        let trainer = try Self.experiment("tensorboard").makeTrainer()
        trainer.callbacks.append(TensorBoardWriter(folder: folder.url))
        let error = #expect(throws: RunError.self) { try trainer.train() }
        #expect(error?.description.contains("another training") == true)
        #expect(try points(in: folder.url).count == 1)
    }

    /// A program that has no configuration.
    @Test func meetsWhatCallbacksMustMeet() throws {
        let folder = try TemporaryFolder()
        var number = 0
        try checkCallback {
            number += 1
            return TensorBoardWriter(folder: folder.file("\(number)"))
        }
        let points = try points(in: folder.file("1"))
        let start = try #require(points.first { $0.value.tag == "_hparams_/session_start_info" })
        let data = try Tensorboard_HParamsPluginData(serializedBytes: start.value.metadata.pluginData.content)
        #expect(data.sessionStartInfo.hparams["data.batch_size"] == 4)
        #expect(points.filter { $0.value.tag == "validation/top1" }.map(\.step) == [6, 12])
        // Without a folder of its own or of the run, it writes nothing.
        try checkCallback { try Self.registry().build(.callback, "tensorboard") }
    }

    @Test func optionsAreChecked() throws {
        let registry = try Self.registry()
        try checkOptions(.callback, "tensorboard", in: registry)
        for options in [
            ["type": "tensorboard", "folder": ""], ["type": "tensorboard", "images": -1],
            ["type": "tensorboard", "log_every": 0], ["type": "tensorboard", "histograms": -1],
        ] as [ConfigNode] {
            #expect(throws: ConfigError.self) {
                try registry.build(.callback, Component<Void, any TrainingCallback>(options))
            }
        }
    }
}
