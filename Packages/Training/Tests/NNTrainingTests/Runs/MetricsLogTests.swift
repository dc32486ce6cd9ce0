import NNInference
import Foundation
import Testing

@testable import NNTraining

@Suite struct MetricsLogTests {
    private let folder: TemporaryFolder
    private let directory: RunDirectory

    init() throws {
        folder = try TemporaryFolder()
        directory = try RunDirectory(existing: folder.url)
    }

    private func row(_ epoch: Int, _ entries: [(String, Double)]) -> LogRow {
        LogRow(epoch: epoch, step: epoch * 10, entries: entries.map { .figure($0.0, $0.1) })
    }

    @Test func refusesNamesThatAreNoColumns() throws {
        let log = try MetricsLog(in: directory)
        for name in ["IoU (mean)", "", "a,b", "größe"] {
            #expect(throws: RunError.self) { try log.append(row(1, [(name, 1)])) }
        }
        #expect(log.rows.isEmpty)
    }

    @Test func writesLinesOfBothFiles() throws {
        let log = try MetricsLog(in: directory)
        try log.append(row(1, [("train_loss", 2.5), ("learning_rate", 1e-05)]))
        try log.append(row(2, [("train_loss", .nan), ("validation_top1", 12.5)]))
        #expect(
            try folder.read("metrics.jsonl") == """
                {"epoch": 1, "step": 10, "train_loss": 2.5, "learning_rate": 1e-05}
                {"epoch": 2, "step": 20, "train_loss": null, "validation_top1": 12.5}

                """)
        #expect(
            try folder.read("metrics.csv") == """
                epoch,step,train_loss,learning_rate,validation_top1
                1,10,2.5,1e-05,
                2,20,,,12.5

                """)
        for line in try folder.read("metrics.jsonl").split(separator: "\n") {
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        }
    }

    @Test func goesOnWithAnEarlierLog() throws {
        let first = try MetricsLog(in: directory)
        for epoch in 1...4 { try first.append(row(epoch, [("train_loss", 1 / Double(epoch))])) }
        let again = try MetricsLog(in: directory)
        #expect(again.rows == first.rows)
        // From the checkpoint after epoch 2, epoch 3 is done again.
        var progress = TrainingProgress()
        (progress.epoch, progress.step, progress.evaluatedEpoch, progress.evaluatedStep) = (2, 20, 2, 20)
        let resumed = try MetricsLog(in: directory, from: progress)
        try resumed.append(row(3, [("train_loss", 7)]))
        #expect(resumed.rows.map { $0["train_loss"] } == [1, 0.5, 7])
        #expect(try MetricsLog(in: directory).rows == resumed.rows)
        #expect(try folder.read("metrics.csv") == "epoch,step,train_loss\n1,10,1.0\n2,20,0.5\n3,30,7.0\n")
    }

    /// Files have no units; those of a resumed run come from its checkpoint, or from what is measured next.
    @Test func scoresKeepTheirUnitsWhenARunIsResumed() throws {
        func score(_ metric: String, _ value: Double) -> MetricValue {
            MetricValue(metric, value, unit: .percent, mode: .max, split: .validation)
        }
        func row(_ epoch: Int, _ scores: [MetricValue]) -> LogRow {
            LogRow(epoch: epoch, step: epoch, entries: [.figure("learning_rate", 1)] + scores.map { .score($0) })
        }
        try MetricsLog(in: directory).append(row(1, [score("top1", 40), score("mIoU", 20)]))
        var progress = TrainingProgress()
        (progress.epoch, progress.step, progress.evaluatedEpoch, progress.evaluatedStep) = (1, 1, 1, 1)
        progress.scores = [score("top1", 40)]
        let log = try MetricsLog(in: directory, from: progress)
        #expect(log.rows[0].scores == [score("top1", 40)])
        #expect(log.rows[0].entries.last == .figure("validation_mIoU", 20))
        try log.append(row(2, [score("top1", 50), score("mIoU", 30)]))
        #expect(log.rows[0].scores == [score("top1", 40), score("mIoU", 20)])
        #expect(
            try folder.read("metrics.csv")
                == "epoch,step,learning_rate,validation_top1,validation_mIoU\n1,1,1.0,40.0,20.0\n2,2,1.0,50.0,30.0\n")
    }

    /// A process that ends between the row of an evaluation and its checkpoint evaluates again.
    @Test func theRowOfAnEpochThatDidNotEndIsRemoved() throws {
        let log = try MetricsLog(in: directory)
        for epoch in 1...2 { try log.append(row(epoch, [("loss", 0.1)])) }
        var progress = TrainingProgress()
        (progress.epoch, progress.step, progress.evaluatedEpoch, progress.evaluatedStep) = (2, 20, 1, 10)
        #expect(try MetricsLog(in: directory, from: progress).rows.map(\.epoch) == [1])
    }

    /// Every length at which a write of the last line can stop.
    @Test func mendsATornLastLine() throws {
        let log = try MetricsLog(in: directory)
        for epoch in 1...2 { try log.append(row(epoch, [("loss", 0.1)])) }
        let (json, csv) = (try folder.read("metrics.jsonl"), try folder.read("metrics.csv"))
        let kept = json.firstIndex(of: "\n").map { json.distance(from: json.startIndex, to: $0) + 1 } ?? 0
        for length in kept..<json.count {
            try folder.write("metrics.jsonl", String(json.prefix(length)))
            try folder.write("metrics.csv", csv + "3,3")
            let mended = try MetricsLog(in: directory)
            #expect(mended.rows.map(\.epoch) == [1])
            try mended.append(row(2, [("loss", 0.1)]))
            #expect(try folder.read("metrics.jsonl") == json)
            #expect(try folder.read("metrics.csv") == csv)
        }
    }

    @Test func refusesWhatIsNoLog() throws {
        try folder.write("metrics.jsonl", "{\"epoch\": 1, \"step\": 2}\nhello\n")
        let error = #expect(throws: RunError.self) { try MetricsLog(in: directory) }
        #expect(error?.description.contains("line 2") == true)
        #expect(try folder.read("metrics.jsonl").hasSuffix("hello\n"))
    }

    @Test(arguments: [
        "", "{}", "{\"epoch\": 1}", "{\"epoch\": 1.5, \"step\": 2}", "{\"step\": 1, \"epoch\": 2}",
        "{\"epoch\": 1, \"step\": 2, \"a\"}", "{\"epoch\": 1, \"step\": 2, \"a\": b}", "[1, 2]",
    ])
    func readsNothingButRows(_ line: String) { #expect(LogRow(json: line) == nil) }

    @Test func rowsChangeByName() {
        var row = row(1, [("a", 1)])
        row["b"] = 2
        row["a"] = 3
        #expect(row.entries == [.figure("a", 3), .figure("b", 2)])
        row["a"] = nil
        row["c"] = nil
        #expect(row.entries == [.figure("b", 2)])
        #expect(row["a"] == nil)
    }
}
