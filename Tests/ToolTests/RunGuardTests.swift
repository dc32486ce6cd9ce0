import Foundation
import NNDatasets
import NNLayers
import Testing

/// What commands say about a run whose data or configuration is not that of its training.
@Suite struct RunGuardTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders()
        try folder.writeConfig()
    }

    private func run(_ arguments: [String], in subfolder: String = "") throws -> NNTool.Outcome {
        try NNTool.run(arguments, in: folder.url.appending(path: subfolder))
    }

    /// Trains one epoch, and returns the absolute path of the run.
    private func train(_ arguments: String...) throws -> String {
        let outcome = try run(["train", "tiny.yaml", "--set", "epochs=1"] + arguments)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let runs = folder.contents.filter { $0.hasPrefix("runs/tiny/") && $0.split(separator: "/").count == 3 }
        return folder.url.appending(path: try #require(runs.first)).path
    }

    /// Every command that uses a run, by what it does with the data.
    private func commands(_ run: String, _ image: String) -> [(name: String, arguments: [String], opensData: Bool)] {
        [
            ("eval", ["eval", run], true),
            ("features", ["features", run, "--output", "features.safetensors", "--force"], true),
            ("view", ["data", "view", run, "--split", "validation", "--output", "view.png"], true),
            ("predict", ["predict", run, image], false),
            ("export", ["export", run, "--output", "network.onnx"], false),
            // Last, since training goes on with what is said here, and notes it.
            ("resume", ["train", "--resume", run, "--set", "epochs=2", "--skip-data-check"], true),
        ]
    }

    private enum Change: String, CaseIterable {
        case nothing, classes, normalization, transforms, orientation, data

        /// What is said.
        var words: String {
            switch self {
            case .nothing: "warning: "
            case .classes: "class 0 was 'blue' and is 'green'"
            case .normalization: "was trained with data.normalize"
            case .transforms: "was validated with data.validation_transforms"
            case .orientation: "was trained with data.dataset.orientation apply, and the configuration has ignore"
            case .data: "are not those that it was trained on, or have changed since"
            }
        }

        /// Whether it is seen without the data.
        var isOfConfiguration: Bool { [.normalization, .transforms, .orientation].contains(self) }
    }

    private func make(_ change: Change, of run: String) throws {
        let config = URL(fileURLWithPath: run).appending(path: "config.yaml")
        func replace(_ old: String, _ new: String) throws {
            let text = try String(contentsOf: config, encoding: .utf8)
            #expect(text.contains(old))
            try text.replacing(old, with: new).write(to: config, atomically: true, encoding: .utf8)
        }
        switch change {
        case .nothing: break
        case .classes:
            for split in ["train", "validation"] {
                let parent = folder.url.appending(path: "data/\(split)")
                try FileManager.default.moveItem(
                    at: parent.appending(path: "blue"), to: parent.appending(path: "green"))
            }
        case .normalization:
            try replace("normalize: null", "normalize: {mean: [0.5, 0.5, 0.5], standard_deviation: [1, 1, 1]}")
        case .transforms: try replace("validation_transforms: []", "validation_transforms: [to_bgr]")
        case .orientation: try replace("orientation: apply", "orientation: ignore")
        case .data:
            for split in ["train", "validation"] {
                let image = Image(size: 16, channels: 3, pixels: [UInt8](repeating: 9, count: 768))
                try image.writePNG(to: folder.url.appending(path: "data/\(split)/blue/0.png"))
            }
        }
    }

    @Test func everyCommandSeesEveryChange() throws {
        let original = try train()
        let image = folder.url.appending(path: "data/validation/red/1.png").path
        let safe = folder.url.appending(path: "data-safe")
        let data = folder.url.appending(path: "data")
        try FileManager.default.copyItem(at: data, to: safe)
        for change in Change.allCases {
            let copy = folder.url.appending(path: "copy-\(change.rawValue)").path
            try FileManager.default.copyItem(atPath: original, toPath: copy)
            try make(change, of: copy)
            for command in commands(copy, image) {
                let outcome = try run(command.arguments)
                let says = (outcome.errors + outcome.output).contains(change.words)
                let isSeen = change != .nothing && (command.opensData || change.isOfConfiguration)
                #expect(says == isSeen, "\(command.name), \(change): \(outcome.errors)")
                let isRefused = change == .classes && command.opensData
                #expect((outcome.exitCode != 0) == isRefused, "\(command.name), \(change): \(outcome.errors)")
            }
            try FileManager.default.removeItem(at: data)
            try FileManager.default.copyItem(at: safe, to: data)
        }
    }

    @Test func aRunFindsItsDataFromAnotherFolder() throws {
        let original = try train()
        let here = try run(["eval", original]).output
        #expect(here.hasPrefix("16 validation samples, by the best checkpoint of "))
        // A data set of the same name and the same classes, which is another one.
        try folder.write("", to: "other/note.txt")
        try FileManager.default.copyItem(
            at: folder.url.appending(path: "data"), to: folder.url.appending(path: "other/data"))
        for split in ["train", "validation"] {
            let parent = folder.url.appending(path: "other/data/\(split)")
            try FileManager.default.moveItem(at: parent.appending(path: "red"), to: parent.appending(path: "x"))
            try FileManager.default.moveItem(at: parent.appending(path: "blue"), to: parent.appending(path: "red"))
            try FileManager.default.moveItem(at: parent.appending(path: "x"), to: parent.appending(path: "blue"))
        }
        func score(_ text: String) -> Substring? { text.firstMatch(of: /top1 +[0-9.]+/)?.output }
        let there = try run(["eval", original], in: "other")
        #expect(score(there.output) != nil && score(there.output) == score(here), "\(there.errors)")
        #expect(!there.errors.contains("warning"))
        let resumed = try run(["train", "--resume", original, "--set", "epochs=2"], in: "other")
        #expect(resumed.exitCode == 0 && !resumed.errors.contains("data"), "\(resumed.errors)")
        // A path that is written now is meant as it is, and told to be another data set.
        let named = try run(["eval", original, "--set", "data.dataset.path=./data"], in: "other")
        #expect(named.errors.contains("are not those that it was trained on"), "\(named.errors)")
        // Run and data in a new place, without the old one.
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "moved"), withIntermediateDirectories: true)
        for name in ["data", "runs"] {
            try FileManager.default.moveItem(
                at: folder.url.appending(path: name), to: folder.url.appending(path: "moved/\(name)"))
        }
        let moved = original.replacing(folder.url.path, with: folder.url.path + "/moved")
        let together = try run(["eval", moved], in: "moved")
        #expect(together.exitCode == 0 && !together.errors.contains("warning"), "\(together.errors)")
    }

    /// Whatever names the data: lists and tables with paths of their own, and files of classes.
    @Test(arguments: [
        "{type: map_file, train: train.txt, validation: validation.txt, class_count: 2}",
        "{type: table, train: train.csv, validation: validation.csv, task: regression, root: .}",
        "{type: class_folders, path: data, channels: 1}", "{type: class_folders, path: data, channels: 4}",
    ])
    func aRunFindsDataThatListsName(_ dataset: String) throws {
        for split in ["train", "validation"] {
            let files = ["red", "blue"].enumerated().flatMap { label, name in
                (0..<8).map { ("data/\(split)/\(name)/\($0).png", label) }
            }
            try folder.write(files.map { "\($0)\t\($1)\n" }.joined(), to: "\(split).txt")
            try folder.write("image,label\n" + files.map { "\($0),\($1)\n" }.joined(), to: "\(split).csv")
        }
        try folder.writeConfig(dataset: dataset)
        let original = try train("--set", "optimizer.lr=0.001")
        try folder.write("", to: "elsewhere/note.txt")
        for command in commands(original, folder.url.appending(path: "data/validation/red/1.png").path) {
            let outcome = try run(command.arguments, in: "elsewhere")
            #expect(
                outcome.exitCode == 0 && !outcome.errors.contains("warning: "), "\(command.name): \(outcome.errors)")
        }
    }

    @Test func theLastCheckpointServesWhereThereIsNoBest() throws {
        let original = try train()
        try FileManager.default.removeItem(atPath: original + "/best.safetensors")
        for command in commands(original, "data/validation/red/1.png") where command.name != "resume" {
            if command.name == "view" { continue }
            let outcome = try run(command.arguments)
            #expect(outcome.exitCode == 1)
            #expect(outcome.errors.contains("the run has no best checkpoint; name the last one, by --checkpoint last"))
            let last = try run(command.arguments + ["--checkpoint", "last"])
            #expect(last.exitCode == 0, "\(command.name): \(last.errors)")
        }
    }

    @Test func aRunWithoutItsDataIsExported() throws {
        let original = try train()
        try FileManager.default.removeItem(at: folder.url.appending(path: "data"))
        let outcome = try run(["export", original, "--output", "network.onnx"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        // A run that noted nothing, of transforms that give any size: the remedy of the message works.
        try FileManager.default.removeItem(atPath: original + "/data.json")
        let refused = try run(["export", original, "--output", "other.onnx"])
        #expect(refused.exitCode == 1 && refused.errors.contains("--size"))
        #expect(!refused.errors.contains("--classes"))
        #expect(try run(["export", original, "--output", "other.onnx", "--size", "16"]).exitCode == 0)
    }

    @Test func anOldRunWithoutANoteIsStillUsed() throws {
        let original = try train()
        try FileManager.default.removeItem(atPath: original + "/data.json")
        for command in commands(original, "data/validation/red/1.png") {
            let outcome = try run(command.arguments)
            #expect(outcome.exitCode == 0 && !outcome.errors.contains("warning: "), "\(outcome.errors)")
        }
    }
}
