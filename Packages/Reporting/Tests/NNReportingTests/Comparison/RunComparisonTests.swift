import Foundation
import NNInference
import NNLayers
import NNTraining
import Testing

@_spi(Internal) @testable import NNReporting

@Suite struct RunComparisonTests {
    private let folders: RunFolders

    init() throws { folders = try RunFolders() }

    private func message(_ runs: [RunDirectory]) -> String {
        do {
            _ = try RunComparison(runs)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func namesAreAsShortAsTheyDiffer() {
        func names(_ paths: String...) -> [String] {
            RunNames.distinguishing(paths.map { URL(fileURLWithPath: $0) })
        }
        let (first, second) = ("2026-01-02_03-04-05", "2026-01-03_03-04-05-2")
        #expect(names("/runs/fcn/\(first)", "/runs/segnet/\(first)") == ["fcn", "segnet"])
        #expect(names("/runs/fcn/\(first)", "/runs/fcn/\(second)") == ["\(first)", "\(second)"])
        #expect(
            names("/runs/fcn/\(first)", "/runs/fcn/\(second)", "/runs/segnet/\(first)")
                == ["fcn/\(first)", "fcn/\(second)", "segnet/\(first)"])
        #expect(names("/runs/x-seeds/\(first)/seed-0", "/runs/x-seeds/\(first)/seed-1") == ["seed-0", "seed-1"])
        #expect(
            names("/runs/x-seeds/\(first)/seed-0", "/runs/y-seeds/\(second)/seed-0")
                == ["x-seeds/seed-0", "y-seeds/seed-0"])
        #expect(names("/a/fcn/\(first)", "/a/segnet/\(first)", "/b/fcn/\(first)") == ["a/fcn", "a/segnet", "b/fcn"])
    }

    @Test func keysThatDifferAreListed() throws {
        let runs = [
            try folders.run("a", config: "epochs: 3\noptimizer: {type: sgd, lr: 0.1}\nlist: [1, 2]"),
            try folders.run("b", config: "epochs: 3\noptimizer: {type: adam, lr: 0.1, beta: 0.9}\nlist: [1, 3]"),
        ]
        let differences = try RunComparison(runs).differences
        #expect(
            differences == [
                ConfigDifference(key: "optimizer.type", values: ["sgd", "adam"]),
                ConfigDifference(key: "optimizer.beta", values: [nil, "0.9"]),
                ConfigDifference(key: "list", values: ["[1, 2]", "[1, 3]"]),
            ])
    }

    @Test func transformsAreComparedOneByOne() throws {
        func config(_ padding: Int) -> String {
            "data: {train_transforms: [{type: crop, padding: \(padding)}, {type: flip}]}"
        }
        let runs = [try folders.run("a", config: config(4)), try folders.run("b", config: config(2))]
        #expect(
            try RunComparison(runs).differences
                == [ConfigDifference(key: "data.train_transforms.0.padding", values: ["4", "2"])])
    }

    @Test func theBestOfEachScoreIsMarked() throws {
        let runs = [
            try folders.run("a", config: "lr: 1", top1: [50, 70, 60]),
            try folders.run("b", config: "lr: 2", top1: [80, 40]),
            try folders.run("c", config: "lr: 3", top1: [.nan, 60]),
        ]
        let table = try RunComparison(runs).table
        let names = table.columns.map(\.name)
        #expect(
            names == [
                "run", "lr", "parameters", "finished_epochs", "best_epoch", "best_validation_top1",
                "final_validation_top1",
                "best_validation_loss", "final_validation_loss", "seconds",
            ])
        func marks(_ name: String) throws -> [Bool] {
            let column = try #require(names.firstIndex(of: name))
            return table.rows.map { $0[column].isBest }
        }
        #expect(try marks("best_validation_top1") == [false, true, false])
        // Two are equally good.
        #expect(try marks("final_validation_top1") == [true, false, true])
        #expect(try marks("best_validation_loss") == [false, true, false])
        #expect(table.rows[0].map(\.value).suffix(5) == ["70.0", "60.0", "0.3", "0.4", "300.0"])
        #expect(table.rows[0].last?.text == "5:00")
        let markdown = try RunComparison(runs).markdown.split(separator: "\n")
        #expect(markdown[2].hasPrefix("| a | 1 | 1,234,567 | 3 | 2 | 70.00 | **60.00** |"))
        #expect(markdown[3].contains("| **80.00** | 40.00 |"))
        #expect(table.text.contains("80.00*"))
    }

    @Test func namesMayBeAnything() throws {
        let name = "<script>alert(1)|,\"猫\""
        let runs = [try folders.run(name, config: "note: 'a,b'"), try folders.run("b", config: "note: 'x|y'")]
        let comparison = try RunComparison(runs)
        #expect(comparison.markdown.contains("| &lt;script&gt;alert(1)\\|,\"猫\" | a,b |"))
        #expect(comparison.markdown.contains("| b | x\\|y |"))
        #expect(comparison.csv.contains("\n\"<script>alert(1)|,\"\"猫\"\"\",\"a,b\",1234567,"))
        let markup = comparison.sections.map(\.body.description).joined()
        #expect(!markup.contains("<script") && markup.contains("&lt;script&gt;alert(1)|"))
    }

    @Test func seedsAreGroupedWithMeanAndDeviation() throws {
        let scores: [[Double]] = [[90], [92], [97], [50]]
        let runs = try scores.enumerated().map { index, top1 in
            try folders.run(
                "run-\(index)", config: "lr: \(index < 3 ? 1 : 2)\nseed: \(index)", top1: top1)
        }
        let comparison = try RunComparison(runs)
        #expect(comparison.groups == [[0, 1, 2]])
        let group = try #require(comparison.table.groups.first)
        let column = try #require(comparison.table.columns.firstIndex { $0.name == "best_validation_top1" })
        #expect(group.mean[column].text == "93.00 ± 3.61" && group.mean[column].value == "93.0")
        #expect(group.deviation[column].value == "\(13.0.squareRoot())")
        // What they share is shown, and what they differ by is not.
        #expect(group.mean[1].text == "1" && group.mean[2].text == "")
        #expect(comparison.markdown.contains("| mean ± deviation of 3: run-0, run-1, run-2 | 1 |  |"))
        let lines = comparison.csv.split(separator: "\n")
        #expect(lines.count == 7 && lines[5].hasPrefix("\"mean of run-0, run-1, run-2\",1,,"))
    }

    @Test func scoresMeasuredAnewAreColumns() throws {
        var comparison = try RunComparison([folders.run("a"), folders.run("b")])
        for (index, value) in [91.5, 92.5].enumerated() {
            comparison.runs[index].evaluation = ComparedRun.Evaluation(
                split: .test, sampleCount: 10, scores: [MetricValue("top1", value, unit: .percent, mode: .max)])
        }
        #expect(comparison.markdown.contains("| checkpoint | evaluated test top1 % |"))
        #expect(comparison.markdown.contains("| best | **92.50** |"))
        #expect(comparison.csv.contains("evaluated_test_top1"))
    }

    @Test func whatCannotBeComparedIsRefused() throws {
        let run = try folders.run("a")
        #expect(message([]).hasPrefix("there is no run to compare"))
        #expect(message([run]).hasPrefix("there is one run to compare") && message([run]).contains("'"))
        #expect(message([run, run]).contains("is given twice"))
        let other = try folders.run("b", classes: ["cat", "<bird>", "dog"])
        #expect(
            message([run, other])
                == "'a' has 2 classes and 'b' 3; class 1 is 'dog' in the first and '<bird>' in the second; compare runs "
                + "with the same classes")
        #expect(
            message([run, try folders.run("c", classes: ["cat"])]).contains("class 1 is 'dog' in the first and none"))
        let empty = folders.url.appending(path: "empty")
        try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
        #expect(
            message([run, try RunDirectory(existing: empty)]).contains("has no config.yaml, so it is no run folder"))
    }

    @Test func runsThatHaveJustBegunAreShown() throws {
        let runs = [try folders.run("a"), try folders.run("b", top1: [], isFinished: false)]
        let comparison = try RunComparison(runs)
        #expect(comparison.runs[1].epochs == 0 && comparison.runs[1].seconds == nil)
        #expect(comparison.markdown.contains("| b | — | 0 | — | — | — | — | — | — |"))
        #expect(comparison.sections.count == 3)
    }

    @Test func recordsStayAsTheyAre() throws {
        let runs = [try folders.run("a"), try folders.run("b")]
        func state() throws -> [String: Data] {
            let paths = FileManager.default.enumerator(atPath: folders.url.path)?.compactMap { $0 as? String } ?? []
            return Dictionary(
                uniqueKeysWithValues: paths.map { path in
                    (path, FileManager.default.contents(atPath: folders.url.appending(path: path).path) ?? Data())
                })
        }
        let before = try state()
        _ = try RunComparison(runs).sections
        #expect(try state() == before && before.count > 8)
    }
}
