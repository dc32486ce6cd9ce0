import Foundation
import Testing
import NNInference
import NNLayers
import NNTraining

@testable import NNTool

@Suite struct SweepTests {
    @Test func valuesAreSplitAtOuterCommas() throws {
        #expect(SweepAxis.elements(of: "0.1,0.03") == ["0.1", "0.03"])
        #expect(SweepAxis.elements(of: "[1,2], [3,[4,5]]") == ["[1,2]", "[3,[4,5]]"])
        #expect(SweepAxis.elements(of: "{type: sgd, lr: 0.1},adam") == ["{type: sgd, lr: 0.1}", "adam"])
        #expect(SweepAxis.elements(of: "'a,b',\"c,d\",it's") == ["'a,b'", "\"c,d\"", "it's"])
        #expect(SweepAxis.elements(of: "{a: 'x,}'},2") == ["{a: 'x,}'}", "2"])
        for single in ["optimizer.lr=0.1", "x=[1,2]", "x", "data.dataset.path=../data", "x='a,b'"] {
            #expect(try SweepAxis(single) == nil)
        }
        let axis = try #require(try SweepAxis("data.train_transforms+=flip,{type: crop, size: 8}"))
        #expect(axis.key == "data.train_transforms+" && axis.count == 2)
        for wrong in ["x=1,,2", "x=1,2,", "x=1,2,1", "x=1..0.1", "x=0..1", "x=-1..1"] {
            #expect(throws: CommandFailure.self) { try SweepAxis(wrong) }
        }
    }

    @Test func gridsHaveEveryCombinationAndKeepTheOrderOfChanges() throws {
        let plan = try SweepPlan(
            ["model.backbone=a,b", "model.backbone.width=2", "optimizer.lr=1,2,3"], random: nil, seed: 0)
        #expect(plan.keys == ["model.backbone", "optimizer.lr"])
        #expect(plan.points == [["a", "1"], ["a", "2"], ["a", "3"], ["b", "1"], ["b", "2"], ["b", "3"]])
        #expect(plan.changes(of: ["b", "2"]) == ["model.backbone=b", "model.backbone.width=2", "optimizer.lr=2"])
        let members = try plan.members(seeds: { _ in [4, 5] }, namesSeeds: true)
        #expect(members.count == 12)
        #expect(members[1].name == "backbone-a-lr-1-seed-5" && members[1].number == 5)
        // Those that are there already stay as they are.
        let more = try plan.members(seeds: { _ in [4, 6] }, namesSeeds: true, besides: members)
        #expect(Array(more[..<12]) == members && more.count == 18)
        #expect(throws: CommandFailure.self) { try SweepPlan(["a=1"], random: nil, seed: 0) }
        #expect(throws: CommandFailure.self) { try SweepPlan(["a=1,2", "a=3,4"], random: nil, seed: 0) }
        #expect(throws: CommandFailure.self) { try SweepPlan(["a=1..2"], random: nil, seed: 0) }
        let many = (0..<11).map(String.init).joined(separator: ",")
        let axes = ["a=\(many)", "b=\(many)", "c=\(many)"]
        #expect(throws: CommandFailure.self) { try SweepPlan(axes, random: nil, seed: 0) }
        #expect(try SweepPlan(axes, random: 5, seed: 0).points.count == 5)
    }

    @Test func randomPointsAreDistinctAndInTheirRanges() throws {
        let axes = ["lr=1e-4..1e-1", "depth=2..5", "p=0..0.5:linear", "name=a,b"]
        let points = try SweepPlan(axes, random: 400, seed: 3).points
        #expect(Set(points).count == 400)
        #expect(try SweepPlan(axes, random: 400, seed: 3).points == points)
        #expect(try SweepPlan(axes, random: 100, seed: 3).points == Array(points[..<100]))
        #expect(try SweepPlan(axes, random: 100, seed: 4).points != Array(points[..<100]))
        let rates = points.compactMap { Double($0[0]) }
        #expect(rates.count == 400 && rates.allSatisfy { (1e-4...1e-1).contains($0) })
        // A third of them in each decade, give or take four standard deviations.
        for decade in [1e-4, 1e-3, 1e-2] {
            let count = rates.count { $0 >= decade && $0 < 10 * decade }
            #expect(abs(count - 133) < 38)
        }
        #expect(Set(points.map { $0[1] }) == ["2", "3", "4", "5"])
        let chances = points.compactMap { Double($0[2]) }
        #expect(abs(chances.reduce(0, +) / 400 - 0.25) < 0.03)
        #expect(Set(points.map { $0[3] }) == ["a", "b"])
        #expect(try SweepPlan(["a=1,2,3", "b=1,2"], random: 6, seed: 0).points.count == 6)
        #expect(throws: CommandFailure.self) { try SweepPlan(["a=1,2,3"], random: 4, seed: 0) }
        #expect(throws: CommandFailure.self) { try SweepPlan(["a=1..2"], random: 3, seed: 0) }
    }

    @Test func namesAreShortAndDifferent() {
        #expect(SweepNames.short(["optimizer.lr", "data.batch_size"]) == ["lr", "batch_size"])
        #expect(SweepNames.short(["model.head.width", "model.backbone.width"]) == ["head.width", "backbone.width"])
        #expect(SweepNames.short(["a", "b.a", "x+"]) == ["a", "b.a", "x"])
        let name = SweepNames.folder(["path-../a b/猫", "lr-{type: sgd}"], besides: [])
        #expect(name == "path-..-a-b-lr-type-sgd")
        #expect(SweepNames.folder(["a-1"], besides: ["a-1", "a-1-2"]) == "a-1-3")
        #expect(SweepNames.folder([String(repeating: "x", count: 500)], besides: []).count <= 120)
    }

    private func member(_ value: String, _ seed: UInt64) -> StudyMember {
        StudyMember(name: "d-\(value)-seed-\(seed)", number: seed, values: [value], changes: ["d=\(value)"])
    }

    private func result(_ value: String, _ seed: UInt64, best: Double, final: Double) -> StudyResult {
        func scores(_ top1: Double) -> [MetricValue] {
            [
                MetricValue("top1", top1, unit: .percent, mode: .max, split: .train),
                MetricValue("loss", 1, mode: .min, split: .validation),
                MetricValue("top1", top1, unit: .percent, mode: .max, split: .validation),
            ]
        }
        return StudyResult(
            variation: .seed, number: seed, run: "d-\(value)-seed-\(seed)", ending: .completed, epochs: 4, bestEpoch: 3,
            bestMetric: "validation_top1", final: scores(final), best: scores(best), seconds: 60 * Double(seed + 1))
    }

    /// 90, 92, 97 have the mean 93 and the deviation 13^0.5; the error is what is left of 100.
    @Test func tablesHaveAPointInEachRowAndTheBestFirst() throws {
        let members = ["20", "56", "9"].flatMap { value in (0..<3).map { member(value, $0) } }
        let results = [
            result("20", 0, best: 80, final: 70), result("20", 1, best: 82, final: 72),
            result("20", 2, best: 84, final: 74), result("56", 0, best: 90, final: 60),
            result("56", 1, best: 92, final: 60), result("56", 2, best: 97, final: 60),
        ]
        let table = SweepTable(
            run: "runs/x", keys: ["model.d"], runs: members, results: results,
            failures: [StudyFailure(run: "d-9-seed-0", reason: "the loss is nan\nand more")])
        #expect(table.metric == "validation_top1")
        #expect(table.points.map(\.values) == [["56"], ["20"], ["9"]])
        #expect(table.points.map(\.rank) == [1, 2, nil])
        #expect(table.points.map(\.finished) == [3, 3, 0] && table.points.map(\.failed) == [0, 0, 1])
        #expect(table.points[0].seconds == 120)
        let error = try #require(table.points[0].scores.first { $0.score == "validation_error" && $0.at == .best })
        #expect(error.mean == 7 && abs((error.deviation ?? 0) - 13.0.squareRoot()) < 1e-12)
        let rows = table.csv.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(rows.count == 4 && rows.allSatisfy { $0.count == rows[0].count })
        #expect(
            rows[0].joined(separator: ",").hasPrefix(
                "rank,model.d,runs,finished,failed,seconds,best_validation_error_mean,best_validation_error_deviation,"
                    + "final_validation_error_mean"))
        #expect(rows[2].prefix(10).joined(separator: ",") == "2,20,3,3,0,120.0,18.0,2.0,28.0,2.0")
        #expect(rows[3].prefix(7).joined(separator: ",") == ",9,3,0,1,,")
        #expect(
            table.text.contains("*  56") && table.text.contains("7.00 ± 3.61")
                && table.text.contains("0 of 3, 1 failed"))
        #expect(table.text.hasSuffix("failed: d-9-seed-0: the loss is nan"))
        #expect(table.markdown.hasPrefix("| d | runs | best error % | final error % | best top1 % |"))
        #expect(table.markdown.contains("| **56** | **3** | **7.00 ± 3.61** |"))
        #expect(table.markdown.contains("| 20 | 3 | 18.00 ± 2.00 | 28.00 ± 2.00 | 82.00 ± 2.00 |"))
        let empty = SweepTable(run: "x", keys: ["d"], runs: members, results: [], failures: [])
        #expect(empty.text == "no run is finished")
    }

    private static let yaml = """
        model: {backbone: {type: resnet_cifar, depth: 8}, head: classifier}
        data:
          dataset: {type: shapes, size: 16, class_count: 3, train_count: 32, validation_count: 8}
          batch_size: 8
        optimizer: {type: sgd, lr: 0.05}
        epochs: 2
        """

    private func training(_ folder: TemporaryFolder, _ runs: String = "runs") throws -> SweepTraining {
        SweepTraining(
            tool: try Tool(plugins: NN.standardPlugins, console: Console(isQuiet: true)),
            runs: folder.url.appending(path: runs), fallsBack: false, checksData: true, isJSON: false)
    }

    private func study(_ folder: TemporaryFolder, _ runs: String = "runs") throws -> RunStudy {
        let url = RunStudy.toResume(in: folder.url.appending(path: runs), configuration: "tiny", .sweep)
        return try RunStudy(existing: try #require(url))
    }

    /// A process that ended after it created the folder, and after it finished one run.
    @Test func sweepsGoOnWithTheSameResults() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Self.yaml, to: "tiny.yaml").path
        let plan = try SweepPlan(["optimizer.lr=0.05,0.01"], random: nil, seed: 0)
        try training(folder).begin(file, plan, seeds: .count(2))
        let whole = try study(folder)
        #expect(whole.results.count == 4 && whole.unfinished.isEmpty && whole.runs.count == 4)
        #expect(RunStudy.variation(at: whole.url) == .sweep)
        #expect(folder.files.contains { $0.hasSuffix("/lr-0.01-seed-1/last.safetensors") })

        var part = try RunStudy(
            in: folder.url.appending(path: "other"), configuration: "tiny", config: ConfigLoader.load(file), .sweep,
            keys: plan.keys, whole.members)
        try part.add(whole.results[1])
        try training(folder, "other").resume(part.url, seeds: nil)
        let resumed = try study(folder, "other")
        let scores = { (study: RunStudy) in
            study.members.map { member in study.results.first { $0.run == member.name }?.final }
        }
        #expect(scores(resumed) == scores(whole))
        // The run that was finished was not trained again.
        #expect(!resumed.runs.contains { $0.url.lastPathComponent == whole.results[1].run })

        // More points and seeds of the same configuration, but of no other.
        let more = try SweepPlan(["optimizer.lr=0.05,0.01,0.02"], random: nil, seed: 0)
        try training(folder).resume(whole.url, file, more, seeds: .list([0]))
        #expect(try study(folder).members.count == 5)
        let other = try SweepPlan(["optimizer.lr=0.05,0.01", "epochs=3"], random: nil, seed: 0)
        #expect {
            try training(folder).resume(whole.url, file, other, seeds: nil)
        } throws: { ($0 as? CommandFailure)?.message?.contains("epochs: 2 -> 3") == true }
        let keys = try SweepPlan(["epochs=1,2"], random: nil, seed: 0)
        #expect(throws: CommandFailure.self) { try training(folder).resume(whole.url, file, keys, seeds: nil) }
    }

    @Test func allPointsAreCheckedFirst() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Self.yaml, to: "tiny.yaml").path
        let plan = try SweepPlan(["model.backbone.depth=8,9", "optimizer=sgd,adamx"], random: nil, seed: 0)
        #expect {
            try training(folder).begin(file, plan, seeds: nil)
        } throws: { error in
            let text = (error as? CommandFailure)?.message ?? ""
            return text.contains("3 of 4 points") && text.contains("depth=9") && text.contains("optimizer=adamx")
        }
        #expect(folder.files == ["tiny.yaml"])
    }

    /// A learning rate at which the loss is not finite, and a run after it.
    @Test func failedRunsAreNotedAndTriedAgain() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Self.yaml, to: "tiny.yaml").path
        let plan = try SweepPlan(["optimizer.lr=1e30,0.05"], random: nil, seed: 0)
        for attempt in 0..<2 {
            #expect {
                if attempt == 0 { return try training(folder).begin(file, plan, seeds: nil) }
                try training(folder).resume(self.study(folder).url, seeds: nil)
            } throws: { error in
                let failure = error as? CommandFailure
                return failure?.exitCode == 1 && failure?.message?.hasPrefix("1 of 2 runs failed") == true
            }
            let study = try self.study(folder)
            #expect(study.results.map(\.run) == ["lr-0.05"] && study.failures.map(\.run) == ["lr-1e30"])
            #expect(study.failures[0].reason.contains("diverged"))
            #expect(study.runs.map(\.url.lastPathComponent) == ["lr-0.05"])
            let table = try String(contentsOf: study.url.appending(path: "sweep.md"), encoding: .utf8)
            #expect(table.contains("| 1e30 | 0 of 1, 1 failed |"))
        }
        // What succeeds takes the place of the failure.
        var study = try self.study(folder)
        var result = study.results[0]
        result = StudyResult(
            variation: .seed, number: 0, run: "lr-1e30", ending: .completed, epochs: 2, bestEpoch: 1,
            bestMetric: result.bestMetric, final: result.final, best: result.best)
        try study.add(result)
        #expect(study.failures.isEmpty && study.unfinished.isEmpty)
    }
}
