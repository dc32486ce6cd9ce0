import ArgumentParser
import Foundation
import NNDatasets
@_spi(Text) import NNLayers
@_spi(Internal) import NNInference
@_spi(Internal) import NNTraining

struct EvalCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Evaluates a trained network.",
        discussion: """
            Prints the loss and the scores, with precision, recall, F1 or IoU of each class; — is undefined. Segmentation is \
            scored at the size of the original masks, on what nn predict says. No score depends on the size of batches \
            (data.validation_batch_size). The tables and the confusion matrix are written to the run folder as \
            METRIC_SPLIT.csv and confusion_SPLIT.csv and .png.
            """, aliases: ["val", "test"])

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

    @Flag(help: "Print the scores as comma-separated values.")
    var csv = false

    func validate() throws {
        if json && csv { throw ValidationError("--json and --csv cannot be used together") }
    }

    func run(_ tool: Tool) throws {
        let run = try RunDirectory.find(runOrConfig, in: output, holding: checkpoint)
        let trained = try options.open(run, checkpoint, registry: tool.registry)
        let experiment = try Experiment(trained.config, registry: tool.registry)
        let checkpoint = trained.checkpoint
        // Each sample is read only once.
        let data = try experiment.dataset(split, keepsSamples: false)
        try trained.check(experiment, split: split, for: .evaluation, tool.console)
        tool.console.report(unreadBy: [data])
        tool.console.report(orientationsIgnoredIn: [data], by: data.imageReader)
        try tool.startEngine()
        let network = try experiment.makeNetwork(pretrained: false)
        try checkpoint.load(into: network)
        let loader = try experiment.makeLoader(split, keepsSamples: false)
        try inference.check(for: experiment.source.task)
        let task = experiment.source.task
        let metrics = try experiment.makeMetrics(thresholds: checkpoint.information.data.thresholds)
        let wantsDetails = task.labels == .classes && !task.isDense
        let hasDetails = metrics.contains { $0 is ClassificationScores }
        let evaluator = Evaluator(
            network, loss: try experiment.makeLoss(), metrics: metrics,
            details: wantsDetails && !hasDetails
                ? [ClassificationScores(classNames: data.classNames, ignoreIndex: data.ignoreIndex)] : [],
            confusion: task.labels == .classes
                ? ConfusionMatrix(classNames: data.classNames, ignoreIndex: data.ignoreIndex) : nil,
            precision: experiment.config.precision, task: task, options: inference.options)
        let result = try evaluator.evaluate(loader) { batches in
            tool.console.show(ProgressLine(title: "evaluate", done: batches, total: loader.count))
        }
        tool.console.clearStatus()
        tool.console.report(samplesSkippedBy: loader, of: split)
        try tool.console.report(transformsOmittedBy: experiment)
        if result.dividedCount > 0, inference.window == nil {
            tool.console.report(LargeImages.divided(result.dividedCount, asBy: "nn predict"))
        }
        if let loss = result.loss, !loss.isFinite {
            throw CommandFailure(
                message: "\(run.url.relativePath): the loss is \(loss), so its network is unusable; look for values "
                    + "that are too large with 'nn weights inspect --values'")
        }
        var files: [String] = []
        do {
            files = try writeTables(result, to: run) + writeConfusion(result, to: run)
        } catch {
            // Someone else's run may be read-only.
            tool.console.report("notice: the tables were not written to the run folder: \(ErrorReport(error).reason)")
        }
        let report = EvaluationReport(
            run: run.url.relativePath, checkpoint: self.checkpoint.rawValue, split: split, result: result, files: files)
        if json {
            try tool.console.print(json: report)
        } else {
            tool.console.print(csv ? report.csv : report.text(of: task))
        }
    }

    /// Writes the scores of each class or output to the run folder.
    /// - Returns: The paths of the files.
    private func writeTables(_ result: EvaluationResult, to run: RunDirectory) throws -> [String] {
        try result.tables.map { table in
            let file = run.file("\(table.name)_\(split).csv")
            try AtomicFile.write(Data(table.csv.utf8), to: file)
            return file.relativePath
        }
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
}

/// The result of `nn eval`.
struct EvaluationReport: Encodable {
    let run: String
    let checkpoint: String
    let split: Split
    let result: EvaluationResult
    /// The files that were written to the run folder.
    let files: [String]
    /// The scores of each class or output, by the name of the metric.
    let tables: [String: ScoreTable]
    let confusion: Confusion?

    /// A confusion matrix: rows are labels, columns predictions.
    struct Confusion: Encodable {
        let classes: [String]
        let counts: [[Int]]
    }

    init(run: String, checkpoint: String, split: Split, result: EvaluationResult, files: [String]) {
        self.run = run
        self.checkpoint = checkpoint
        self.split = split
        self.result = result
        self.files = files
        tables = Dictionary(result.tables.map { ($0.name, $0) }) { first, _ in first }
        confusion = result.confusion.map { matrix in
            let classes = 0..<matrix.classCount
            return Confusion(
                classes: matrix.classNames,
                counts: classes.map { label in classes.map { matrix.count(label: label, prediction: $0) } })
        }
    }

    /// A row for each score; an undefined one has an empty value.
    var csv: String {
        CSV.text(
            columns: ["score", "value", "unit"],
            rows: (result.scores + result.details).map {
                [$0.name, $0.isDefined ? "\($0.value)" : "", $0.unit == .percent ? "percent" : ""]
            })
    }

    /// What was evaluated, the tables of the metrics, then lines with the scores.
    func text(of task: PredictionTask) -> String {
        let title =
            "\(result.sampleCount.grouped) \(split.rawValue) samples, by the \(checkpoint) checkpoint of \(run)"
            + (task.isDense ? ", at the size of their masks" : "")
        func line(_ scores: [MetricValue]) -> String { scores.map(EpochText.score).joined(separator: "  ") }
        return
            ([title] + result.reports + (result.details.isEmpty ? [] : ["\(split.rawValue)  \(line(result.details))"])
            + [
                "\(split.rawValue)  \(line(result.scores))  \(Int(result.samplesPerSecond).grouped) images/s"
            ] + (files.isEmpty ? [] : ["written: \(files.joined(separator: ", "))"])).joined(separator: "\n\n")
    }
}
