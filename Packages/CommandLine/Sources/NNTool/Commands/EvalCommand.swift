import ArgumentParser
import Foundation
import NNDatasets
@_spi(Text) import NNLayers
import NNTraining

struct EvalCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Measures how well the network of a run predicts.", aliases: ["val", "test"])

    @Argument(help: "The folder of a run, or a configuration file to take the latest run of.")
    var runOrConfig: String

    @OptionGroup var options: ConfigOptions

    @Option(help: "Which samples to predict.")
    var split = Split.validation

    @Option(help: "Which checkpoint of the run to use.")
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
        // Each sample is seen once.
        let data = try experiment.dataset(split, keepsSamples: false)
        try checkpoint.checkClasses(data.classNames)
        try tool.startEngine()
        let network = try experiment.makeNetwork(pretrained: false)
        try checkpoint.load(into: network)
        let loader = try experiment.makeLoader(split, keepsSamples: false)
        try inference.check(for: experiment.source.task)
        let evaluator = Evaluator(
            inference.options.applied(to: network), loss: try experiment.makeLoss(),
            metrics: try experiment.makeMetrics(),
            confusion: ConfusionMatrix(classNames: data.classNames, ignoreIndex: data.ignoreIndex),
            precision: experiment.config.precision)
        let result = try evaluator.evaluate(loader) { batches in
            tool.console.show(
                ProgressLine(
                    title: "evaluate", fraction: Double(batches) / Double(loader.count),
                    figures: ["\(batches)/\(loader.count)"]))
        }
        tool.console.clearStatus()
        tool.console.report(samplesSkippedBy: loader, of: split)
        if let loss = result.loss, !loss.isFinite {
            throw CommandFailure(
                message: "\(run.url.relativePath): the loss is \(loss), so that its network says nothing; look for "
                    + "values that are too large by 'nn weights inspect'")
        }
        var files: [String] = []
        do {
            files = try writeConfusion(result, to: run)
        } catch {
            // The run of another may be there to be read only.
            tool.console.report("notice: the confusion matrix is not written: \(ErrorReport(error).message)")
        }
        let report = EvaluationReport(
            run: run.url.relativePath, checkpoint: self.checkpoint.rawValue, split: split, result: result, files: files)
        if json { try tool.console.print(json: report) } else { tool.console.print(report.text) }
    }

    /// Writes the confusion matrix to the run folder as numbers and as a picture.
    private func writeConfusion(_ result: EvaluationResult, to run: RunDirectory) throws -> [String] {
        guard let confusion = result.confusion else { return [] }
        let (table, picture) = (run.file("confusion_\(split).csv"), run.file("confusion_\(split).png"))
        try Data(confusion.csv.utf8).write(to: table, options: .atomic)
        try confusion.image(title: "Confusion of \(split.rawValue)").writePNG(to: picture)
        return [table.relativePath, picture.relativePath]
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

/// What an evaluation measured, for people and programs.
struct EvaluationReport: Encodable {
    let run: String
    let checkpoint: String
    let split: Split
    let result: EvaluationResult
    /// What was written to the run folder.
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
