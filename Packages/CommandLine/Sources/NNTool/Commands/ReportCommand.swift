import ArgumentParser
import Foundation
import NNDatasets
import NNReporting
@_spi(Internal) import NNTraining

struct ReportCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Writes a page that shows what training did.",
        discussion: """
            One file of HTML without any other: scores and curves, times, images, data, predictions sample by sample, and what \
            the run was trained by. It is read with any browser, and works while the run is trained: training.report: true \
            in a configuration keeps it up to date. Predictions take as long as nn eval.

            Several runs, or a folder of seeds, folds or a sweep, are compared in one page: what differs in their \
            configurations, all scores, and curves over each other. nn compare shows their predictions.
            """)

    @Argument(help: "A run folder, or a configuration file for its latest run; or several of them.")
    var runsOrConfigs: [String]

    @Option(
        name: [.customShort("o"), .long],
        help: "The file to write. (default: report.html in the run folder, or comparison.html for several)")
    var output: String?

    @Option(help: "The split to predict. (default: validation, or train without one)")
    var split: Split?

    @Option(help: "The checkpoint to predict with.")
    var checkpoint = RunDirectory.CheckpointName.best

    @Flag(name: .customLong("no-predictions"), help: "Leave out predictions, and show logs and counts only.")
    var omitsPredictions = false

    @Option(help: ArgumentHelp("The folder of all runs.", valueName: "dir"))
    var runs = "runs"

    func run(_ tool: Tool) throws {
        if runsOrConfigs.count > 1 || RunStudy.variation(at: URL(fileURLWithPath: runsOrConfigs[0])) != nil {
            return try compare(tool)
        }
        let run = try RunDirectory.find(runsOrConfigs[0], in: runs)
        let report = Report(
            run, registry: tool.registry, split: split, checkpoint: checkpoint, hasPredictions: !omitsPredictions)
        let inputs = [run.configFile, run.file("metrics.jsonl"), run.file("steps.csv")]
        let file = try OutputFile(output.map { URL(fileURLWithPath: $0) } ?? report.file, notOver: inputs)
        // Before minutes of predictions.
        try file.checkWritable()
        try tool.startEngine()
        let notices = try report.write(to: file.url) { done, count in
            tool.console.show(ProgressLine(title: "predict", done: done, total: count))
        }
        tool.console.clearStatus()
        for notice in notices { tool.console.report("notice: \(notice)") }
        tool.console.print(file.url.relativePath)
    }

    /// Writes the page of several runs.
    private func compare(_ tool: Tool) throws {
        if split != nil || checkpoint != .best || omitsPredictions {
            throw CommandFailure(
                message: "--split, --checkpoint and --no-predictions are for the page of one run; nn compare --split "
                    + "evaluates several")
        }
        let directories = try runsOrConfigs.flatMap { path in
            PathKind(of: path) == .file
                ? [try RunDirectory.find(path, in: runs)] : try RunDirectory.compared([path])
        }
        let comparison = try RunComparison(directories, registry: tool.registry)
        let url = URL(fileURLWithPath: output ?? "comparison.html")
        let file = try OutputFile(url, notOver: directories.map(\.configFile))
        try file.checkWritable()
        try comparison.write(to: file.url)
        for notice in comparison.notices { tool.console.report("note: \(notice)") }
        tool.console.print(file.url.relativePath)
    }
}

extension OutputFile {
    /// Checks that the folder of the file may be written to.
    /// - Throws: ``CommandFailure``.
    func checkWritable() throws(CommandFailure) {
        let folder = url.deletingLastPathComponent()
        let name = folder.relativePath
        if PathKind(of: folder.path) != .folder {
            throw CommandFailure(message: "\(url.relativePath): there is no folder '\(name)'; create it first")
        }
        if access(folder.path, W_OK) != 0 {
            throw CommandFailure(
                message: "\(url.relativePath) cannot be written: '\(name)' may not be written to; name another file by "
                    + "--output")
        }
    }
}
