import Foundation
import NNDatasets
import NNInference
import Testing

@_spi(Internal) @testable import NNTraining

@Suite struct TrainingCurvesTests {
    /// A row with scores, as `train_loss`, and other figures; all scores but losses are percentages.
    private func row(_ epoch: Int, step: Int, _ names: [String]) -> LogRow {
        let entries = names.map { name -> LogRow.Entry in
            for split in [Split.train, .validation] where name.hasPrefix("\(split.rawValue)_") {
                let metric = String(name.dropFirst(split.rawValue.count + 1))
                return .score(
                    MetricValue(
                        metric, Double(epoch), unit: metric == "loss" ? .none : .percent, mode: .max, split: split))
            }
            return .figure(name, Double(epoch))
        }
        return LogRow(epoch: epoch, step: step, entries: entries)
    }

    @Test func arrangesColumnsInCharts() throws {
        let names = ["learning_rate", "train_loss", "validation_loss", "validation_top1", "validation_top5", "seconds"]
        let rows = [row(1, step: 5, names), row(2, step: 10, names + ["validation_calibration"])]
        let curves = TrainingCurves(rows: rows, run: "net")
        #expect(curves.charts.map(\.name) == ["loss", "accuracy", "calibration", "error", "learning_rate"])
        #expect(curves.charts[0].chart.series.map(\.name) == ["train loss", "validation loss"])
        #expect(curves.charts[0].chart.series[0].points.map(\.x) == [1, 2])
        #expect(curves.charts[0].chart.title == "Loss of net")
        #expect(curves.charts[2].chart.series[0].points.map(\.y) == [2])
        #expect(curves.charts.map(\.chart.yLabel) == ["loss", "%", "%", "error, %", "learning rate"])

        let folder = try TemporaryFolder()
        try curves.write(to: RunDirectory(existing: folder.url))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
        #expect(
            files == [
                "accuracy.png", "calibration.png", "error.png", "learning_rate.png", "loss.png", "loss_and_error.png",
            ])
    }

    @Test func errorsAreTheRestOfAccuracies() throws {
        let names = ["train_loss", "train_top1", "train_top5", "validation_loss", "validation_top1", "validation_top5"]
        let curves = TrainingCurves(rows: [row(1, step: 5, names), row(4, step: 20, names)], run: "net")
        let error = try #require(curves.charts.first { $0.name == "error" }?.chart)
        #expect(
            error.series.map(\.name) == [
                "train top1 error", "train top5 error", "validation top1 error", "validation top5 error",
            ])
        #expect(
            error.series[2].points.map(\.y) == [99, 96] && error.series.map(\.isDashed) == [true, true, false, false])
        // The figure has top-1 alone, so that both panels have the same two colours.
        let figure = try #require(curves.figure)
        #expect(figure.name == "loss_and_error")
        #expect(figure.charts.charts.map(\.title) == ["Loss of net", "Top-1 error of net"])
        #expect(figure.charts.charts[1].series.map(\.name) == ["train top1 error", "validation top1 error"])
        #expect(figure.charts.charts[1].series.allSatisfy { $0.color == nil && !$0.isDashed })
    }

    @Test func theFigureHasTheScoreThatIsJudged() {
        func figure(_ names: [String], judged: String?) -> [String]? {
            let figure = TrainingCurves(rows: [row(1, step: 5, names)], judged: judged, run: "net").figure
            return figure.map { [$0.name] + $0.charts.charts.map(\.title) }
        }
        let names = ["validation_loss", "validation_mIoU", "validation_mDice", "validation_aAcc"]
        let overlaps = ["loss_and_score", "Loss of net", "mIoU, mDice of net"]
        #expect(figure(names, judged: "mIoU") == overlaps && figure(names, judged: "loss") == overlaps)
        #expect(figure(names, judged: "aAcc") == ["loss_and_score", "Loss of net", "aAcc of net"])
        #expect(figure(["train_loss", "train_mae"], judged: nil)?.last == "mae of net")
        #expect(figure(["train_loss"], judged: "loss") == nil && figure(["train_top1"], judged: nil) == nil)
    }

    /// Eight lines in eight colours could not be told apart.
    @Test func aMetricHasOneColourInBothSplits() {
        let names = ["train_mIoU", "train_aAcc", "validation_mIoU", "validation_aAcc"]
        let series = TrainingCurves(rows: [row(1, step: 5, names)], run: "net").charts[0].chart.series
        #expect(series.map(\.name) == ["train mIoU", "train aAcc", "validation mIoU", "validation aAcc"])
        #expect(series.map(\.isDashed) == [true, true, false, false])
        #expect(series[0].color == series[2].color && series[1].color == series[3].color)
        #expect(series[0].color != series[1].color)
    }

    /// A metric of a plugin may have the name of a percentage, or of a file of the run.
    @Test func otherUnitsAreNotDrawnTogether() {
        func score(_ metric: String, _ unit: MetricValue.Unit) -> LogRow.Entry {
            .score(MetricValue(metric, 0.5, unit: unit, mode: .max, split: .validation))
        }
        let entries = [
            score("top1", .percent), score("accuracy", .none), score("predictions", .percent), score("psnr", .none),
        ]
        let curves = TrainingCurves(rows: [LogRow(epoch: 1, step: 5, entries: entries)], run: "net")
        #expect(curves.charts.map(\.name) == ["accuracy", "accuracy_metric", "predictions_metric", "psnr", "error"])
        #expect(curves.charts.map(\.chart.yLabel) == ["%", "accuracy", "%", "psnr", "error, %"])
        #expect(curves.charts.allSatisfy { $0.chart.series.count == 1 })
    }

    @Test func rowsWithinAnEpochAreDrawnByStep() {
        let rows = [row(1, step: 5, ["train_loss"]), row(1, step: 10, ["train_loss"])]
        let chart = TrainingCurves(rows: rows, run: "net").charts[0].chart
        #expect(chart.xLabel == "step")
        #expect(chart.series[0].points.map(\.x) == [5, 10])
        #expect(TrainingCurves(rows: [], run: "net").charts.isEmpty)
    }
}
