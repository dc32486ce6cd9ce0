import Foundation
import Testing

@testable import NNTraining

struct RunRecorderTests {
    @Test func leavesRecordsChartsAndPictures() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        try TestExperiment.trainer(run: run).train()
        let names = try FileManager.default.contentsOfDirectory(atPath: run.url.path).sorted()
        #expect(
            names == [
                "accuracy.png", "augmented_batch.png", "best.safetensors", "classes.txt", "config.yaml", "data.json",
                "error.png", "last.safetensors",
                "learning_rate.png", "loss.png", "loss_and_error.png", "loss_by_step.png", "metrics.csv",
                "metrics.jsonl", "predictions.png",
                "record.json", "steps.csv", "summary.json",
            ])
        let table = try String(contentsOf: run.file("metrics.csv"), encoding: .utf8).split(separator: "\n")
        #expect(table.count == 3)
        #expect(table[0].hasPrefix("epoch,step,learning_rate,train_loss,train_top1,validation_loss,validation_top1,"))
        let summary = try JSONSerialization.jsonObject(with: Data(contentsOf: run.file("summary.json")))
        let fields = try #require(summary as? [String: Any])
        #expect(fields["ending"] as? String == "completed")
        #expect(fields["parameter_count"] as? Int == 74_835)
        #expect(try String(contentsOf: run.file("classes.txt"), encoding: .utf8) == "circle\nsquare\ntriangle\n")
    }

    @Test func resumptionReplacesRowsOfTheLostPart() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory.create(in: folder.url, configuration: "shapes")
        let first = try TestExperiment.trainer(run: run) { $0.epochs = 1 }
        try first.train()
        let checkpoint = try Checkpoint(contentsOf: run.url(of: .last))
        try TestExperiment.trainer(run: run).train()
        let again = try TestExperiment.trainer(run: run)
        try again.restore(checkpoint)
        try again.train()
        let rows = try MetricsLog(in: run).rows
        #expect(rows.map(\.epoch) == [1, 2])
        #expect(rows.map(\.step) == [12, 24])
    }
}
