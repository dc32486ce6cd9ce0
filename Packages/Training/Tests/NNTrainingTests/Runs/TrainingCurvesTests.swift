import Foundation
import Testing

@testable import NNTraining

@Suite struct TrainingCurvesTests {
    private func row(_ epoch: Int, step: Int, _ names: [String]) -> LogRow {
        LogRow(epoch: epoch, step: step, entries: names.map { LogRow.Entry($0, Double(epoch)) })
    }

    @Test func arrangesColumnsInCharts() throws {
        let names = ["learning_rate", "train_loss", "validation_loss", "validation_top1", "validation_top5", "seconds"]
        let rows = [row(1, step: 5, names), row(2, step: 10, names + ["validation_calibration"])]
        let curves = TrainingCurves(rows: rows, run: "net")
        #expect(curves.charts.map(\.name) == ["loss", "accuracy", "calibration", "learning_rate"])
        #expect(curves.charts[0].chart.series.map(\.name) == ["train loss", "validation loss"])
        #expect(curves.charts[0].chart.series[0].points.map(\.x) == [1, 2])
        #expect(curves.charts[0].chart.title == "Loss of net")
        #expect(curves.charts[2].chart.series[0].points.map(\.y) == [2])

        let folder = try TemporaryFolder()
        try curves.write(to: RunDirectory(existing: folder.url))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
        #expect(files == ["accuracy.png", "calibration.png", "learning_rate.png", "loss.png"])
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

    @Test func rowsWithinAnEpochAreDrawnByStep() {
        let rows = [row(1, step: 5, ["train_loss"]), row(1, step: 10, ["train_loss"])]
        let chart = TrainingCurves(rows: rows, run: "net").charts[0].chart
        #expect(chart.xLabel == "step")
        #expect(chart.series[0].points.map(\.x) == [5, 10])
        #expect(TrainingCurves(rows: [], run: "net").charts.isEmpty)
    }
}
