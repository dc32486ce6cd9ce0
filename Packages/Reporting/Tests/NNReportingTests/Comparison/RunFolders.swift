import Foundation
import NNTraining

/// A folder with run folders that were not trained, which is removed with its last reference.
final class RunFolders {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "comparison-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Writes a run of a few epochs.
    /// - Parameters:
    ///   - path: The path within the folder.
    ///   - config: The configuration as YAML.
    ///   - top1: The validation accuracy after each epoch.
    ///   - isFinished: Whether it has a summary.
    func run(
        _ path: String, config: String = "epochs: 3", classes: [String] = ["cat", "dog"],
        top1: [Double] = [50, 70, 60],
        isFinished: Bool = true
    ) throws -> RunDirectory {
        let folder = url.appending(path: path)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        func write(_ text: String, _ name: String) throws {
            try Data(text.utf8).write(to: folder.appending(path: name))
        }
        try write(config + "\n", "config.yaml")
        try write(classes.map { $0 + "\n" }.joined(), "classes.txt")
        let rows = top1.enumerated().map { index, score in
            "{\"epoch\": \(index + 1), \"step\": \((index + 1) * 10), \"train_loss\": \(2 / Double(index + 1)), "
                + "\"validation_loss\": \(loss(score)), \"validation_top1\": \(score), \"seconds\": 90.0, "
                + "\"evaluation_seconds\": 10.0}\n"
        }
        try write(rows.joined(), "metrics.jsonl")
        let steps = (1...10 * max(top1.count, 1)).map { "\($0),\(($0 + 9) / 10),\(1 / Double($0)),0.1,,0.1,0.0\n" }
        try write(
            "step,epoch,loss,learning_rate,gradient_norm,seconds,data_wait_seconds\n" + steps.joined(), "steps.csv")
        if isFinished { try write(summary(top1), "summary.json") }
        return try RunDirectory(existing: folder)
    }

    private func loss(_ score: Double) -> Double { (100 - score) / 100 }

    private func summary(_ top1: [Double]) -> String {
        let best = top1.filter { !$0.isNaN }.max() ?? 0
        let epoch = (top1.firstIndex(of: best) ?? 0) + 1
        let last = top1.last ?? 0
        return """
            {"ending": "completed", "parameter_count": 1234567, "peak_memory": 1, "progress": {
            "best": {"best": \(best), "best_epoch": \(epoch), "metric": "validation_top1", "minimum_change": 0,
            "mode": "max"}, "epoch": \(top1.count), "evaluated_epoch": \(top1.count), "evaluated_step": 30, "scores": [
            {"mode": "min", "name": "train_loss", "unit": "none", "value": 0.5},
            {"mode": "min", "name": "validation_loss", "unit": "none", "value": \(loss(last))},
            {"mode": "max", "name": "validation_top1", "unit": "percent", "value": \(last)}], "step": 30,
            "step_in_epoch": 0}, "seconds": 300.0,
            "training_time": {"sample_count": 1, "total": 270.0, "waiting_for_data": 0.0}}
            """
    }
}
