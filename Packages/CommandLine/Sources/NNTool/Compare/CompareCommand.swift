import ArgumentParser
import Foundation
@_spi(Internal) import NNCore
@_spi(Internal) import NNDatasets
import NNInference
import NNLayers
@_spi(Internal) import NNReporting
@_spi(Internal) import NNTraining

struct CompareCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Shows several runs side by side: their scores, and what they predict.",
        discussion: """
            Prints a table with a row for each run: what differs in the configurations, the number of parameters, and the \
            scores after the best epoch and after the last one, the best of each with a star. Runs that differ by their seed \
            or fold alone have a row with mean and standard deviation. A folder of seeds, folds or a sweep stands for its runs.

            --split evaluates all runs on the same samples, as nn eval does. With --images or --split, a sheet has a row for \
            each image: the image, the truth where the data set has it, and what each run predicts. The sheet is written to \
            --output, the table beside it as Markdown and CSV (comparison.md, comparison.csv). More than --rows images make \
            several sheets: comparison-1.png, comparison-2.png and so on.

              nn compare runs/fcn/2026-01-02_03-04-05 runs/segnet/2026-01-02_06-07-08 --split test --count 233
              nn compare runs/resnet-seeds/2026-01-02_03-04-05 --images photos --output photos.png
            """)

    @Argument(help: "The run folders, or folders of seeds, folds or a sweep: two runs or more.")
    var runs: [String]

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Images to predict: files, and folders of them.", valueName: "files"))
    var images: [String] = []

    @Option(help: "Evaluate the runs on a split, and predict some of its samples where no --images are given.")
    var split: Split?

    @Option(help: "The number of samples of the split on the sheet, drawn at random; all if it has fewer. (default: 8)")
    var count: Int?

    @Option(help: "The checkpoint to load.")
    var checkpoint = RunDirectory.CheckpointName.best

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The sheet; the table is written beside it. (default: comparison.png, only with --images or --split)",
            valueName: "file.png"))
    var output: String?

    @Option(help: "The most images on one sheet.")
    var rows = 20

    @OptionGroup var inference: InferenceArguments

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if rows < 1 || rows > 200 { throw ValidationError("--rows must be from 1 to 200, not \(rows)") }
        if let count, count < 1 { throw ValidationError("--count must be 1 or more, not \(count)") }
        if count != nil, split == nil || !images.isEmpty {
            throw ValidationError("--count belongs to --split without --images")
        }
        if let output, URL(fileURLWithPath: output).pathExtension.lowercased() != "png" {
            throw ValidationError("--output must be a .png file, not '\(output)'")
        }
    }

    /// Whether networks are used, and not only the records of runs.
    private var predicts: Bool { !images.isEmpty || split != nil }

    func run(_ tool: Tool) throws {
        try ImageFiles.checkPaths(images)
        var comparison = try RunComparison(RunDirectory.compared(runs), registry: tool.registry)
        for notice in comparison.notices { tool.console.report("note: \(notice)") }
        let url = output.map { URL(fileURLWithPath: $0) } ?? (predicts ? URL(fileURLWithPath: "comparison.png") : nil)
        if let url { try Self.checkFolder(of: url) }
        var report = CompareReport()
        var succeeded = true
        if predicts, let url { succeeded = try predict(&comparison, to: url, &report, tool) }
        if let url { try write(comparison, beside: url, &report) }
        report.runs = CompareReport.Run.all(of: comparison)
        if json {
            try tool.console.print(json: report)
        } else {
            let files = report.files.isEmpty ? "" : "\n\nwritten: \(report.files.joined(separator: ", "))"
            tool.console.print(comparison.table.text + files)
        }
        if !succeeded { throw CommandFailure() }
    }

    /// Creates the folder of the results, and checks that it can be written to, before networks calculate.
    private static func checkFolder(of url: URL) throws {
        let folder = url.deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        guard access(folder.path, W_OK) == 0 else {
            throw CommandFailure(
                message: "\(folder.relativePath): cannot be written to: \(SystemError()); choose another --output")
        }
    }

    /// Evaluates the networks, and draws what they predict.
    /// - Returns: Whether all images could be predicted.
    private func predict(
        _ comparison: inout RunComparison, to url: URL, _ report: inout CompareReport, _ tool: Tool
    ) throws -> Bool {
        try tool.startEngine()
        let networks = try ComparedNetworks(comparison.runs, checkpoint, inference: inference, tool)
        for (index, predictor) in networks.predictors.enumerated() {
            comparison.runs[index].checkpoint = checkpoint
            if comparison.runs[index].parameterCount == nil {
                comparison.runs[index].parameterCount = predictor.network.parameterCount.parameters
            }
        }
        var experiments: [Experiment] = []
        if let split {
            experiments = try networks.experiments(of: split)
            for (index, result) in try networks.evaluate(experiments, split).enumerated() {
                comparison.runs[index].evaluation = result
            }
        }
        let source =
            images.isEmpty
            ? try ComparisonImages(of: experiments, split ?? .validation, count: count ?? 8)
            : try ComparisonImages(files: images, networks, tool.console)
        let predictor = networks.predictors[0]
        let sheets = ComparisonSheets(
            names: comparison.runs.map(\.name), data: predictor.data, isDense: predictor.task.isDense,
            hasVerdicts: predictor.task.labels != .values, url: url, rowCount: rows, imageCount: source.count)
        for file in sheets.urls { _ = try OutputFile(file, notOver: source.files) }
        let maker = RowMaker(
            predictors: networks.predictors, cardWidth: ComparisonSheets.columnWidth(isDense: false),
            ignoreIndex: source.ignoreIndex)
        return try draw(source, maker, sheets, &report, tool.console)
    }

    /// Predicts image by image, and writes each sheet when it is full. A broken image is reported, and the others go on.
    private func draw(
        _ source: ComparisonImages, _ maker: RowMaker, _ sheets: ComparisonSheets, _ report: inout CompareReport,
        _ console: Console
    ) throws -> Bool {
        var page: [ComparisonRow] = []
        var succeeded = true
        func finishPage() throws {
            if page.isEmpty { return }
            let number = report.sheets.count + 1
            try sheets.write(page, number: number)
            report.sheets.append(sheets.url(of: number).relativePath)
            page = []
        }
        for index in 0..<source.count {
            console.show(
                ProgressLine(
                    title: "predict", fraction: Double(index) / Double(source.count), figures: [source.name(index)]))
            do {
                let row = try maker.row(source.name(index), truth: source.truth(index)) { run in
                    try source.sample(index, ofRun: run)
                }
                page.append(row)
                report.images.append(row.text)
            } catch {
                succeeded = false
                console.report(ErrorReport(error).message)
            }
            if page.count == rows { try finishPage() }
        }
        try finishPage()
        console.clearStatus()
        report.description = sheets.markdown(report.images, sheets: report.sheets.count)
        return succeeded
    }

    /// Writes the table as Markdown and CSV.
    private func write(_ comparison: RunComparison, beside url: URL, _ report: inout CompareReport) throws {
        let stem = url.deletingPathExtension()
        let (markdown, csv) = (stem.appendingPathExtension("md"), stem.appendingPathExtension("csv"))
        let notes = comparison.notices.map { "\nNote: \(Markdown.escaped($0)).\n" }.joined()
        try AtomicFile.write(Data((comparison.markdown + notes + report.description).utf8), to: markdown)
        try AtomicFile.write(Data(comparison.csv.utf8), to: csv)
        report.tables = [markdown.relativePath, csv.relativePath]
    }
}

extension RunDirectory {
    /// The runs that a command line names, in which a folder of seeds, folds or a sweep stands for its runs.
    /// - Throws: `RunError` for a path that is no folder, and a folder of runs that cannot be read.
    static func compared(_ paths: [String]) throws -> [RunDirectory] {
        try paths.flatMap { path in
            let url = URL(fileURLWithPath: path)
            return RunStudy.variation(at: url) == nil
                ? [try RunDirectory(existing: url)] : try RunStudy(existing: url).runs
        }
    }
}
