import ArgumentParser
import NNDatasets
import Foundation
import NNLayers
import NNTraining

struct ExportCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a network as a file that other programs run, such as ONNX.",
        discussion: """
            Of a run it writes the trained weights; of a configuration file the network with the weights that it \
            names, or with first values that follow from the seed, to see how fast another program runs it. ONNX \
            files take images [N, 3, H, W] and give logits [N, classes], or [N, classes, H, W] for segmentation; \
            their metadata has the class names and the mean and deviation that pixels are normalized by. Options of \
            formats: nn models list exporter
            """)

    @Argument(help: "The folder of a run, or a configuration file.")
    var runOrConfig: String

    @OptionGroup var options: ConfigOptions
    @OptionGroup var network: NetworkOptions

    @Option(help: "Which checkpoint of the run to use.")
    var checkpoint = RunDirectory.CheckpointName.best

    @Option(help: "The format of the file.")
    var format = "onnx"

    @Option(
        name: .customLong("option"),
        help: ArgumentHelp("Set an option of the format, such as opset=18. May be repeated.", valueName: "key=value"))
    var formatOptions: [String] = []

    @Option(help: ArgumentHelp("The file. (default: in the run, or named after the configuration)", valueName: "file"))
    var output: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let exporter = try makeExporter(tool.registry)
        let source = try PathKind(of: runOrConfig) == .folder ? trained(tool.registry) : untrained(tool.registry)
        guard source.network.imageChannels == 3 else {
            throw CommandFailure(
                message:
                    "\(runOrConfig): its network takes no pictures of three channels; export the one that features were made by"
            )
        }
        let place =
            output.map { URL(fileURLWithPath: $0) } ?? source.file.appendingPathExtension(exporter.fileExtension)
        let file = try OutputFile(place, notOver: source.inputs).url
        let report = try exporter.export(source.network, source.description, to: file)
        if json {
            try tool.console.print(json: ExportAnswer(file: file.relativePath, report: report))
        } else {
            tool.console.print(ExportAnswer(file: file.relativePath, report: report).text)
            for notice in report.notices { tool.console.report("notice: \(notice)") }
        }
    }

    private func makeExporter(_ registry: Registry) throws -> any NetworkExporter {
        guard !registry.names(of: .exporter).isEmpty else {
            throw CommandFailure(
                message: "this tool was built without a format to export to; build it with the trait ONNX")
        }
        var node: ConfigNode = ["type": ConfigNode(.string(format))]
        for change in formatOptions {
            node = try ConfigOverride(change, option: "--option", example: "opset=18").applied(to: node)
        }
        return try registry.build(.exporter, from: node)
    }

    /// A network that can be written, what the file says of it, the file without its extension, and what was read.
    private typealias Source = (network: Network, description: ExportDescription, file: URL, inputs: [URL])

    /// The network of a run.
    private func trained(_ registry: Registry) throws -> Source {
        guard network.classes == nil else {
            throw CommandFailure(message: "--classes is for a configuration; a run knows its classes")
        }
        let run = try RunDirectory(existing: URL(fileURLWithPath: runOrConfig))
        let config = try options.load(run.configFile.path, registry: registry)
        let saved = try Checkpoint(contentsOf: run.url(of: checkpoint))
        let data = saved.information.data
        var shape = network
        if !data.classNames.isEmpty { shape.classes = data.classNames.count }
        let resolved = try shape.resolved(config, registry: registry, split: .validation)
        let network = try ModelBuilder(registry).network(resolved.model, classCount: resolved.classCount)
        try saved.load(into: network)
        let name = run.url.deletingLastPathComponent().lastPathComponent
        let description = ExportDescription(
            name: name, classNames: data.classNames, mean: data.normalization.mean,
            standardDeviation: data.normalization.standardDeviation, imageSize: resolved.imageSize)
        return (network, description, run.file(checkpoint.rawValue), [run.configFile, run.url(of: checkpoint)])
    }

    /// The network of a configuration before any training.
    private func untrained(_ registry: Registry) throws -> Source {
        let config = try options.load(runOrConfig, registry: registry)
        let resolved = try network.resolved(config, registry: registry, split: .validation)
        let made = try ModelBuilder(registry).network(resolved.model, classCount: resolved.classCount)
        try ModelBuilder(registry).initialize(made, as: config, classCount: resolved.classCount)
        let normalization = config.data.normalize ?? Normalization()
        let name = TrainCommand.name(of: runOrConfig)
        let description = ExportDescription(
            name: name, classNames: resolved.classNames, mean: normalization.mean,
            standardDeviation: normalization.standardDeviation, imageSize: resolved.imageSize)
        return (made, description, URL(fileURLWithPath: name), [URL(fileURLWithPath: runOrConfig)])
    }
}

/// What was written, for people and programs.
private struct ExportAnswer: Encodable {
    let file: String
    let format: String
    let inputs: [ExportReport.Port]
    let outputs: [ExportReport.Port]
    let byteCount: Int
    let notices: [String]

    init(file: String, report: ExportReport) {
        self.file = file
        format = report.format
        inputs = report.inputs
        outputs = report.outputs
        byteCount = report.byteCount
        notices = report.notices
    }

    var text: String {
        func lines(_ kind: String, _ ports: [ExportReport.Port]) -> [String] {
            ports.map { "\(kind)  \($0.name) [\($0.shape.joined(separator: ", "))]" }
        }
        return
            (["\(file)  \(format), \(byteCount.byteText)"] + lines("input ", inputs) + lines("output", outputs))
            .joined(separator: "\n")
    }
}
