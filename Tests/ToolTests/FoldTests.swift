import Foundation
import Testing

/// Splits and folds of one folder, and training without validation.
@Suite struct FoldTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders(count: 6)
        // One folder of classes, without those of splits.
        try FileManager.default.moveItem(
            at: folder.url.appending(path: "data/train"), to: folder.url.appending(path: "flat"))
        try folder.writeConfig(dataset: "{type: class_folders, path: flat}")
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome {
        try NNTool.run(arguments, in: folder.url)
    }

    private func json(_ outcome: NNTool.Outcome) throws -> [String: Any] {
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        return try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: folder.url.appending(path: path), encoding: .utf8)
    }

    @Test func foldsGiveATableAndGoOn() throws {
        let report = try json(run("train", "tiny.yaml", "--folds", "3", "--set", "data.split={test: 0.2}", "--json"))
        let study = try #require(report["run"] as? String)
        #expect(study.hasPrefix("runs/tiny-folds/") && report["folds"] as? [Int] == [1, 2, 3])
        let results = try #require(report["results"] as? [[String: Any]])
        #expect(results.map { $0["fold"] as? Int } == [1, 2, 3])
        let csv = try text("\(study)/folds.csv")
        #expect(
            csv.split(separator: "\n").map { $0.prefix { $0 != "," } } == ["fold", "1", "2", "3", "mean", "deviation"])
        var validated: [String] = []
        for fold in 1...3 {
            let rows = try text("\(study)/fold-\(fold)/split.csv").split(separator: "\n")
            validated += rows.filter { $0.hasSuffix(",validation") }.map(String.init)
            #expect(rows.count { $0.hasSuffix(",test") } == 2)
        }
        #expect(validated.count == 10 && Set(validated).count == 10)
        let scores = try run("eval", "\(study)/fold-2", "--split", "test")
        #expect(scores.exitCode == 0 && scores.errors.isEmpty, "\(scores.errors)")

        // Without the result of a fold, only that one is trained again.
        try FileManager.default.removeItem(at: folder.url.appending(path: "\(study)/fold-2"))
        let table = try text("\(study)/folds.json")
        var contents = try #require(
            JSONSerialization.jsonObject(with: Data(table.utf8)) as? [String: Any])
        contents["results"] = results.filter { $0["fold"] as? Int != 2 }
        try JSONSerialization.data(withJSONObject: contents).write(
            to: folder.url.appending(path: "\(study)/folds.json"))
        let resumed = try run("train", "--resume", study)
        #expect(resumed.exitCode == 0 && resumed.output.contains("fold 2 (2 of 3)"), "\(resumed.errors)")
        #expect(!resumed.output.contains("fold 1 ("))
        #expect(try text("\(study)/folds.csv") == csv)
        let other = try run("train", "tiny.yaml", "--folds", "4", "--resume", study)
        #expect(other.exitCode == 1 && other.errors.contains("its folds were trained with another configuration"))
        #expect(try run("train", "--resume", study, "--seeds", "2").errors.contains("omit --seeds"))
    }

    @Test func theConfigurationMayNameFolds() throws {
        let all = try run("train", "tiny.yaml", "--set", "data.folds=2", "--set", "epochs=1")
        #expect(all.exitCode == 0 && all.output.contains("fold 2 (2 of 2)"), "\(all.errors)")
        let one = try json(
            run("train", "tiny.yaml", "--set", "data.folds=2", "--set", "data.fold=2", "--set", "epochs=1", "--json"))
        #expect((one["run"] as? String)?.hasPrefix("runs/tiny/") == true)
    }

    @Test func seedsShareTheSplit() throws {
        let outcome = try run(
            "train", "tiny.yaml", "--seeds", "2", "--set", "epochs=1", "--set", "data.split={validation: 0.3}")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let files = folder.contents.filter { $0.hasSuffix("/split.csv") }.sorted()
        #expect(files.count == 2)
        #expect(try Set(files.map(text)).count == 1)
    }

    @Test func trainingWithoutValidation() throws {
        let report = try json(run("train", "tiny.yaml", "--set", "data.validation=false", "--json"))
        let path = try #require(report["run"] as? String)
        #expect(try text("\(path)/metrics.csv").contains("validation") == false)
        let refused = try run("eval", path)
        #expect(refused.exitCode == 1 && refused.errorLines.count == 1)
        #expect(refused.errors.contains("there are no validation samples. Name another split, such as 'train'"))
        #expect(try run("eval", path, "--split", "train").exitCode == 0)
        let check = try run("config", "check", "tiny.yaml", "--set", "data.validation=false")
        #expect(check.output.contains("12 training and no validation samples"), "\(check.errors)")
        let data = try run("data", "check", "tiny.yaml", "--set", "data.validation=false")
        #expect(data.exitCode == 0 && data.output.contains("12 train samples read"), "\(data.output)")
        let watched = try run(
            "train", "tiny.yaml", "--set", "data.validation=false", "--set", "training.best_metric=validation_loss")
        #expect(watched.exitCode == 1 && watched.errors.contains("name one of: train_loss, train_top1"))
    }

    @Test func splitsThatCannotBeMadeAreRefused() throws {
        let before = folder.contents
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "flat/cow"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: folder.url.appending(path: "flat/red/0.png"), to: folder.url.appending(path: "flat/cow/0.png"))
        for (arguments, code, words) in [
            ([], 1, "Add 'split: {validation: 0.2}' to 'data', or 'validation: false' to train without validation."),
            (["--set", "data.split={validation: 0.2}"], 1, "class 'cow': it has 1 sample, so that none is left"),
            (["--folds", "5"], 1, "class 'cow': it has 1 sample, fewer than the 5 folds"),
            (["--folds", "1"], 2, "--folds must be 2 or more"),
            (["--set", "data.folds=1"], 1, "folds: must be 2 or more"),
            (["--folds", "2", "--seeds", "2"], 2, "cannot be used together"),
            (["--set", "data.folds=2", "--seeds", "2"], 1, "choose one of them by data.fold"),
        ] as [([String], Int32, String)] {
            let outcome = try NNTool.run(["train", "tiny.yaml"] + arguments, in: folder.url)
            #expect(outcome.exitCode == code && outcome.errors.contains(words), "\(arguments): \(outcome.errors)")
            #expect(outcome.errorLines.count == 1)
        }
        #expect(
            folder.contentsBesideDataChecks.filter { $0.hasPrefix("runs") } == before.filter { $0.hasPrefix("runs") })
    }
}
