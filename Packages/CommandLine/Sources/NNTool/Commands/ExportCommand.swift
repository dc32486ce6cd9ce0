import ArgumentParser
import Foundation
import NNDatasets
@_spi(Internal) import NNInference
import NNLayers
@_spi(Internal) import NNTraining

struct ExportCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Exports a network to a format of other programs, such as ONNX.",
        discussion: """
            A run is exported with its trained weights; a configuration file with the weights that it names, or with \
            initial values from the seed, to see how fast another program runs the network. ONNX files take images \
            [N, C, H, W], with 3 or as many channels as the data set has, and return logits [N, classes], or \
            [N, classes, H, W] for segmentation. Their metadata says how images are prepared for them: resizing and \
            crops, channel order, mean and standard deviation; besides the task, the names and colors of classes, and \
            the thresholds of multi-label networks. With --with-preprocessing the file does all of that itself, and \
            takes the bytes of images of any size [N, H, W, C]. Options of formats: nn models list exporter
            """)

    @Argument(help: "A run folder or a configuration file.")
    var runOrConfig: String

    @OptionGroup var options: ConfigOptions
    @OptionGroup var network: NetworkOptions

    @Option(help: "The checkpoint to load.")
    var checkpoint = RunDirectory.CheckpointName.best

    @Option(help: "The file format.")
    var format = "onnx"

    @Option(
        name: .customLong("option"),
        help: ArgumentHelp("Set an option of the format, such as opset=18. May be repeated.", valueName: "key=value"))
    var formatOptions: [String] = []

    @Flag(help: "Let the file take the bytes of images, and prepare and normalize them itself.")
    var withPreprocessing = false

    @Option(
        help: ArgumentHelp(
            "The file to write. (default: in the run folder, or named after the configuration)", valueName: "file"))
    var output: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let exporter = try makeExporter(tool.registry)
        let source = try PathKind(of: runOrConfig) == .folder ? trained(tool) : untrained(tool.registry)
        let target =
            output.map { URL(fileURLWithPath: $0) } ?? source.file.appendingPathExtension(exporter.fileExtension)
        let file = try OutputFile(target, notOver: source.inputs).url
        let report = try exporter.export(source.network, source.description, to: file)
        if json {
            try tool.console.print(json: ExportSummary(file: file.relativePath, report: report))
        } else {
            tool.console.print(ExportSummary(file: file.relativePath, report: report).text)
            for notice in report.notices { tool.console.report("notice: \(notice)") }
            if source.network.head.task.isDense, source.description.imageSize.area > InferenceOptions.largestWhole.area
            {
                tool.console.report(LargeImages.exported)
            }
        }
    }

    private func makeExporter(_ registry: Registry) throws -> any NetworkExporter {
        guard !registry.names(of: .exporter).isEmpty else {
            throw CommandFailure(
                message: "this tool was built without an export format; build it with the trait ONNX")
        }
        var node: ConfigNode = ["type": ConfigNode(.string(format))]
        for change in (withPreprocessing ? ["include_preprocessing=true"] : []) + formatOptions {
            node = try ConfigOverride(change, option: "--option", example: "opset=18").applied(to: node)
        }
        return try registry.build(.exporter, from: node)
    }

    /// The network to export, its description, the output file without extension, and the input files.
    private typealias Source = (
        network: Network, description: ExportDescription, file: URL, inputs: [URL]
    )

    /// The network of a run.
    private func trained(_ tool: Tool) throws -> Source {
        guard network.classes == nil else {
            throw CommandFailure(message: "--classes is for a configuration; a run knows its classes")
        }
        let run = try RunDirectory(existing: URL(fileURLWithPath: runOrConfig))
        let trained = try options.open(run, checkpoint, registry: tool.registry)
        try trained.check(for: .prediction, tool.console)
        let data = trained.checkpoint.information.data
        guard data.featureCount == nil else { throw takesNoImages }
        let network = try ModelBuilder(tool.registry).network(of: trained.config, classCount: data.classNames.count)
        try trained.checkpoint.load(into: network)
        let name = run.url.deletingLastPathComponent().lastPathComponent
        let description = try ExportDescription(
            name: name, trained.config, data, task: network.head.task, imageSize: imageSize(of: trained, tool.registry),
            ignoreIndex: try? Experiment(trained.config, registry: tool.registry).dataset(.train).ignoreIndex,
            registry: tool.registry)
        return (network, description, run.file(checkpoint.rawValue), [run.configFile, run.url(of: checkpoint)])
    }

    /// The size of the images of a run, which needs the data only if every image has its own.
    private func imageSize(of run: TrainedRun, _ registry: Registry) throws -> Size {
        if let size = try network.size ?? run.imageSize(registry) { return size }
        do {
            return try Experiment(run.config, registry: registry).imageSize(.validation)
        } catch let error as DatasetError {
            throw CommandFailure(
                message: "\(error) Or pass --size HxW, the size of the images, to do without the data.")
        }
    }

    private var takesNoImages: CommandFailure {
        CommandFailure(
            message: "\(runOrConfig): its network takes features and not images; export the network that "
                + "computed the features")
    }

    /// The untrained network of a configuration.
    private func untrained(_ registry: Registry) throws -> Source {
        let config = try options.load(runOrConfig, registry: registry)
        let resolved = try network.resolved(config, registry: registry, split: .validation)
        let made = try ModelBuilder(registry).network(
            resolved.model, classCount: resolved.classCount, task: resolved.task)
        try ModelBuilder(registry).initialize(made, as: config, classCount: resolved.classCount)
        let normalization =
            try config.data.normalize
            ?? Normalization(channels: registry.build(.dataset, config.data.dataset).imageReader.channels)
        let data = DataDescription(classNames: resolved.classNames, normalization: normalization)
        let name = TrainCommand.name(of: runOrConfig)
        let description = try ExportDescription(
            name: name, config, data, task: made.head.task, imageSize: resolved.imageSize,
            ignoreIndex: resolved.ignoreIndex, registry: registry)
        guard config.model.backbone.name != "features" else { throw takesNoImages }
        return (made, description, URL(fileURLWithPath: name), [URL(fileURLWithPath: runOrConfig)])
    }
}

/// The result of `nn export`.
private struct ExportSummary: Encodable {
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
