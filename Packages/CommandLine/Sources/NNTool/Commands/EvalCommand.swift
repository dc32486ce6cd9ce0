import ArgumentParser
import Foundation
import NNDatasets
@_spi(Text) import NNLayers
import NNInference
import NNTraining

struct EvalCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Evaluates a trained network.", aliases: ["val", "test"])

    @Argument(help: "A run folder, or a configuration file for its latest run.")
    var runOrConfig: String

    @OptionGroup var options: ConfigOptions

    @Option(help: "The split to evaluate.")
    var split = Split.validation

    @Option(help: "The checkpoint to load.")
    var checkpoint = RunDirectory.CheckpointName.best

    @OptionGroup var inference: InferenceArguments

    @Option(help: ArgumentHelp("The folder of all runs.", valueName: "dir"))
    var output = "runs"

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let run = try findRun()
        let experiment = try Experiment(
            options.load(run.configFile.path, registry: tool.registry), registry: tool.registry)
        let checkpoint = try Checkpoint(contentsOf: run.url(of: checkpoint))
        // Each sample is read only once.
        let data = try experiment.dataset(split, keepsSamples: false)
        try checkpoint.checkClasses(data.classNames)
        try tool.startEngine()
        let network = try experiment.makeNetwork(pretrained: false)
        try checkpoint.load(into: network)
        let loader = try experiment.makeLoader(split, keepsSamples: false)
        try inference.check(for: experiment.source.task)
        let evaluator = Evaluator(
            inference.options.applied(to: network), loss: try experiment.makeLoss(),
            metrics: try experiment.makeMetrics(thresholds: checkpoint.information.data.thresholds),
            confusion: experiment.source.task.labels == .classes
                ? ConfusionMatrix(classNames: data.classNames, ignoreIndex: data.ignoreIndex) : nil,
            precision: experiment.config.precision, task: experiment.source.task)
        let result = try evaluator.evaluate(loader) { batches in
            tool.console.show(ProgressLine(title: "evaluate", done: batches, total: loader.count))
        }
        tool.console.clearStatus()
        tool.console.report(samplesSkippedBy: loader, of: split)
        if let loss = result.loss, !loss.isFinite {
            throw CommandFailure(
                message: "\(run.url.relativePath): the loss is \(loss), so its network is unusable; look for values "
                    + "that are too large with 'nn weights inspect --values'")
        }
        var files: [String] = []
        do {
            files = try writeConfusion(result, to: run)
        } catch {
            // Someone else's run may be read-only.
            tool.console.report("notice: the confusion matrix was not written: \(ErrorReport(error).message)")
        }
        let report = EvaluationReport(
            run: run.url.relativePath, checkpoint: self.checkpoint.rawValue, split: split, result: result, files: files)
        if json { try tool.console.print(json: report) } else { tool.console.print(report.text) }
    }

    /// Writes the confusion matrix to the run folder, as numbers and as an image.
    /// - Returns: The paths of the files.
    private func writeConfusion(_ result: EvaluationResult, to run: RunDirectory) throws -> [String] {
        guard let confusion = result.confusion else { return [] }
        let (table, image) = (run.file("confusion_\(split).csv"), run.file("confusion_\(split).png"))
        try AtomicFile.write(Data(confusion.csv.utf8), to: table)
        try confusion.image(title: "Confusion of \(split.rawValue)").writePNG(to: image)
        return [table.relativePath, image.relativePath]
    }

    private func findRun() throws -> RunDirectory {
        if PathKind(of: runOrConfig) == .file {
            let name = TrainCommand.name(of: runOrConfig)
            let runs = URL(fileURLWithPath: output)
            if let run = RunDirectory.latest(in: runs, configuration: name, holding: checkpoint) { return run }
            throw CommandFailure(
                message: "there is no run of \(runOrConfig) in '\(output)'; train it first: nn train \(runOrConfig)")
        }
        return try RunDirectory(existing: URL(fileURLWithPath: runOrConfig))
    }
}

/// The result of `nn eval`.
struct EvaluationReport: Encodable {
    let run: String
    let checkpoint: String
    let split: Split
    let result: EvaluationResult
    /// The files that were written to the run folder.
    let files: [String]

    /// The tables of the metrics, then a line with the scores.
    var text: String {
        let scores = result.scores.map(EpochText.score).joined(separator: "  ")
        return
            (result.reports + [
                "\(split.rawValue)  \(scores)  \(result.sampleCount.grouped) samples, "
                    + "\(Int(result.samplesPerSecond).grouped) images/s  (\(checkpoint) of \(run))"
            ] + (files.isEmpty ? [] : ["written: \(files.joined(separator: ", "))"])).joined(separator: "\n\n")
    }
}
