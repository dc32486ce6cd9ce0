import Foundation
import Testing
import NNInference
import NNLayers
import NNTraining

@testable import NNTool

@Suite struct StudyTests {
    @Test func choicesAreReadOrRefused() {
        #expect(SeedChoice(argument: "3")?.seeds(from: 7) == [7, 8, 9])
        #expect(SeedChoice(argument: "0,3,7")?.seeds(from: 1) == [0, 3, 7])
        for text in ["0", "-1", "", "1,", "1,1", "1,x", "1.5", "1001"] { #expect(SeedChoice(argument: text) == nil) }
    }

    func result(_ seed: UInt64, loss: Double, top1: Double, best: Double) -> StudyResult {
        func scores(_ loss: Double, _ top1: Double) -> [MetricValue] {
            [
                MetricValue("loss", loss / 2, mode: .min, split: .train),
                MetricValue("loss", loss, mode: .min, split: .validation),
                MetricValue("top1", top1, unit: .percent, mode: .max, split: .validation),
            ]
        }
        return StudyResult(
            variation: .seed, number: seed, run: "seed-\(seed)", ending: .completed, epochs: 4, bestEpoch: 3,
            bestMetric: "validation_top1",
            final: scores(loss, top1), best: scores(loss, best))
    }

    /// The deviation of 90, 92, 97 is the root of (9 + 1 + 16) / 2.
    @Test func tablesHaveMeanAndSampleDeviation() throws {
        let results = [
            result(0, loss: 0.5, top1: 90, best: 91), result(1, loss: 0.25, top1: 92, best: 92),
            result(2, loss: 0.75, top1: 97, best: 99),
        ]
        let table = StudyTable(run: "runs/x", variation: .seed, numbers: [0, 1, 2], results: results)
        let top1 = try #require(table.spreads.first { $0.score == "validation_top1" && $0.at == .final })
        #expect(top1.mean == 93 && top1.count == 3)
        #expect(abs((top1.deviation ?? 0) - 13.0.squareRoot()) < 1e-12)
        let rows = table.csv.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(rows.count == 6)
        #expect(rows.allSatisfy { $0.count == 11 })
        #expect(
            rows[0].joined(separator: ",")
                == "seed,run,ending,epochs,best_epoch,final_train_loss,final_validation_loss,final_validation_top1,"
                + "best_train_loss,best_validation_loss,best_validation_top1")
        #expect(rows[3].joined(separator: ",") == "2,seed-2,completed,4,3,0.375,0.75,97.0,0.375,0.75,99.0")
        #expect(rows[4].joined(separator: ",") == "mean,,,,,0.25,0.5,93.0,0.25,0.5,94.0")
        #expect(rows[5].last == "\((19.0).squareRoot())")
        let lines = table.text.split(separator: "\n")
        #expect(lines[1].split(separator: "  ").last?.contains("best top1 %") == true)
        #expect(lines[lines.count - 2].hasPrefix("mean") && lines[lines.count - 2].hasSuffix("94.00"))
        #expect(lines[lines.count - 1].hasPrefix("deviation") && lines[lines.count - 1].hasSuffix("4.36"))
    }

    @Test func oneSeedHasNoDeviation() {
        let table = StudyTable(
            run: "runs/x", variation: .seed, numbers: [5, 6], results: [result(5, loss: 1, top1: 50, best: 60)])
        #expect(table.spreads.allSatisfy { $0.deviation == nil && $0.count == 1 })
        #expect(table.csv.hasSuffix("deviation,,,,,,,,,,\n"))
        #expect(StudyTable(run: "runs/x", variation: .seed, numbers: [5], results: []).text == "no seed is finished")
    }

    @Test func studiesGoOnWhereTheyWereLeft() throws {
        let folder = try TemporaryFolder()
        let runs = folder.url.appending(path: "runs")
        var study = try RunStudy(in: runs, configuration: "tiny", config: ExperimentConfig(), .seed, [4, 5])
        #expect(study.url.deletingLastPathComponent().lastPathComponent == "tiny-seeds")
        #expect(RunStudy.variation(at: study.url) == .seed)
        #expect(try study.run(of: .numbered(.seed, 5)).isNew)
        try study.add(result(5, loss: .nan, top1: 50, best: 60))
        try Data().write(to: study.url.appending(path: "seed-4.safetensors"))

        var later = try RunStudy(existing: study.url)
        #expect(later.numbers == [4, 5])
        #expect(later.unfinished.map(\.number) == [4])
        #expect(later.results.first?.final[1].value.isNaN == true)
        try later.add(result(4, loss: 1, top1: 70, best: 70))
        later.add(seeds: [4, 9])
        #expect(later.numbers == [4, 5, 9] && later.unfinished.map(\.number) == [9])
        #expect(later.table.results.map(\.number) == [4, 5])
        try later.save()
        #expect(try RunStudy(existing: study.url).unfinished.map(\.number) == [9])
        #expect(try String(contentsOf: study.url.appending(path: "seeds.csv"), encoding: .utf8).contains("\n4,seed-4,"))

        let registry = try Registry()
        try later.check(ExperimentConfig(), registry: registry)
        var other = ExperimentConfig()
        other.epochs += 1
        #expect(throws: CommandFailure.self) { try later.check(other, registry: registry) }
    }

    @Test func foldsAreStudiesToo() throws {
        let folder = try TemporaryFolder()
        let runs = folder.url.appending(path: "runs")
        var config = ExperimentConfig()
        config.data.folds = 3
        var study = try RunStudy(in: runs, configuration: "tiny", config: config, .fold, [1, 2, 3])
        #expect(study.url.deletingLastPathComponent().lastPathComponent == "tiny-folds")
        #expect(RunStudy.variation(at: study.url) == .fold)
        #expect(try study.run(of: .numbered(.fold, 2)).run.url.lastPathComponent == "fold-2")
        let scores = [MetricValue("loss", 0.5, mode: .min, split: .validation)]
        try study.add(
            StudyResult(
                variation: .fold, number: 2, run: "fold-2", ending: .completed, epochs: 1, bestEpoch: nil,
                bestMetric: "validation_loss", final: scores, best: scores))
        let text = try String(contentsOf: study.url.appending(path: "folds.json"), encoding: .utf8)
        #expect(text.contains("\"folds\"") && text.contains("\"fold\"") && !text.contains("seed"))
        let later = try RunStudy(existing: study.url)
        #expect(later.variation == .fold && later.numbers == [1, 2, 3])
        #expect(later.unfinished.map(\.name) == ["fold-1", "fold-3"])
        #expect(later.results == study.results)
        #expect(later.table.csv.hasPrefix("fold,run,ending,epochs,best_epoch,final_validation_loss"))
        #expect(later.table.text.contains("\nfold  "))
        #expect(Variation.fold.config(config, of: 2).data.fold == 2)
        #expect(StudyTable(run: "x", variation: .fold, numbers: [1], results: []).text == "no fold is finished")
    }

    @Test func studiesWithNothingInThemDisappear() throws {
        let folder = try TemporaryFolder()
        let runs = folder.url.appending(path: "runs")
        let study = try RunStudy(in: runs, configuration: "tiny", config: ExperimentConfig(), .seed, [4, 5])
        study.removeIfEmpty()
        #expect(folder.files.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: runs.path))
    }
}
