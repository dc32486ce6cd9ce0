import ArgumentParser
import Foundation
import NNDatasets
@_spi(Text) import NNLayers
import NNInference
@_spi(Internal) import NNTraining

struct FeaturesCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "features", abstract: "Extracts backbone features, to train heads on.",
        discussion: """
            Runs each image through the backbone once, transformed as for validation, and writes the mean of the \
            coarsest feature map, with labels, class names and file names, to one safetensors file with all splits. \
            A configuration with the data set {type: features, path: FILE} and the backbone 'features' trains a head \
            on it, at thousands of samples a second. The head then fits the backbone itself: its weights have the \
            same names.

            The weights are those of the run, or of 'model.weights' in the configuration.
            """)

    @Argument(help: "A run folder or a configuration file.")
    var runOrConfig: String

    @Argument(
        help: ArgumentHelp(
            "The images: a folder with train, validation and test, each with a folder per class, or a configuration "
                + "file with the data set. (default: the data set of the configuration)"))
    var data: String?

    @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
    var output: String

    @OptionGroup var options: ConfigOptions

    @Option(help: "The split to extract. May be repeated. (default: all that exist)")
    var split: [Split] = []

    @Option(help: "The checkpoint of the run to load.")
    var checkpoint = RunDirectory.CheckpointName.best

    @Option(help: "The data type of the features in the file.")
    var type = Precision.float32

    @Flag(help: "Overwrite an existing file.")
    var force = false

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let file = try checkOutput()
        let (experiment, network) = try load(tool)
        let extraction = try FeatureExtraction(experiment, network, type: type, console: tool.console)
        let report = try extraction.run(splits: split, output: file)
        if json { try tool.console.print(json: report) } else { tool.console.print(report.text) }
    }

    /// Checks before a long calculation that its result can be written.
    private func checkOutput() throws -> URL {
        let run = try? RunDirectory(existing: URL(fileURLWithPath: runOrConfig))
        let inputs =
            [runOrConfig, data].compactMap { $0.map { URL(fileURLWithPath: $0) } }
            + (run.map { [$0.configFile, $0.url(of: checkpoint)] } ?? [])
        let url = try OutputFile(URL(fileURLWithPath: output), notOver: inputs).url
        if FileManager.default.fileExists(atPath: url.path), !force {
            throw CommandFailure(message: "\(output) exists; choose another name, or overwrite it with --force")
        }
        let folder = url.deletingLastPathComponent().path
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw CommandFailure(message: "\(folder) is not a writable folder; create it first")
        }
        return url
    }

    /// The data, and the network with its weights.
    private func load(_ tool: Tool) throws -> (Experiment, Network) {
        guard PathKind(of: runOrConfig) == .file else {
            let run = try RunDirectory(existing: URL(fileURLWithPath: runOrConfig))
            let trained = try options.open(run, checkpoint, registry: tool.registry)
            let config = try trained.config.withData(data, registry: tool.registry)
            let checkpoint = trained.checkpoint
            guard checkpoint.information.data.featureCount == nil else {
                throw CommandFailure(message: "\(runOrConfig): its network takes features itself, not images")
            }
            try tool.startEngine()
            let network = try ModelBuilder(tool.registry).network(
                of: config, classCount: checkpoint.information.data.classNames.count)
            try checkpoint.load(into: network)
            let experiment = try Experiment(config, registry: tool.registry)
            // Other images may have other classes; those of the run must be what they were.
            try trained.check(experiment, split: .train, for: data == nil ? .evaluation : .features, tool.console)
            return (experiment, network)
        }
        let config = try options.load(runOrConfig, registry: tool.registry).withData(data, registry: tool.registry)
        let experiment = try Experiment(config, registry: tool.registry)
        try tool.startEngine()
        let network = try experiment.makeNetwork()
        for result in experiment.loadedWeights { tool.console.report("weights \(result)") }
        if config.model.weights.isNull {
            tool.console.report(
                "notice: the backbone has random weights, from seed \(config.seed); name a run, or set "
                    + "'model.weights'")
        }
        return (experiment, network)
    }
}

/// Extracts the features of all images of an experiment, and writes them to a file.
struct FeatureExtraction {
    private let experiment: Experiment
    private let network: Network
    private let type: Precision
    private let console: Console

    /// - Throws: `CommandFailure` for a data set with masks, or with features instead of images.
    init(_ experiment: Experiment, _ network: Network, type: Precision, console: Console) throws {
        guard !experiment.source.task.isDense else {
            throw CommandFailure(message: "features need labels of whole images; the data set has masks")
        }
        guard try experiment.dataset(.train).features == nil else {
            throw CommandFailure(message: "the data set has features already; name the configuration of the images")
        }
        self.experiment = experiment
        self.network = network
        self.type = type
        self.console = console
    }

    /// Extracts and writes the features.
    /// - Parameter splits: The splits to extract; empty for all that exist.
    /// - Throws: `CommandFailure` after Ctrl-C, `DatasetError`, `ImageError`, and `TensorFileError` for the file;
    ///   nothing is written then.
    func run(splits: [Split], output: URL) throws -> FeaturesReport {
        let start = ContinuousClock.now
        let interruption = Interruption()
        let watch = InterruptWatch { interruption.request() }
        defer { watch.cancel() }
        var file = FeatureFile(description: try experiment.featureDescription(of: network.backbone), splits: [:])
        var datasets: [any Dataset] = []
        for split in splits.isEmpty ? Split.allCases : splits {
            let dataset: any Dataset
            do {
                // Each image is read only once, so none is kept in memory.
                dataset = try experiment.dataset(split, keepsSamples: false)
            } catch let error as DatasetError where splits.isEmpty && split != .train {
                console.report("notice: skipping the \(split.rawValue) split: \(error)")
                continue
            }
            file.splits[split] = try features(of: dataset, split, interruption)
            datasets.append(dataset)
        }
        console.report(unreadBy: datasets)
        console.report(orientationsIgnoredIn: datasets, by: experiment.source.imageReader)
        try file.write(to: output)
        return FeaturesReport(
            output: output.relativePath, task: experiment.source.task.rawValue,
            features: network.backbone.features.last?.channels ?? 0,
            splits: Split.allCases.compactMap { split in
                file.splits[split].map { FeaturesReport.SplitCount(split: split, samples: $0.names.count) }
            }, seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    private func features(
        of dataset: any Dataset, _ split: Split, _ interruption: Interruption
    ) throws -> FeatureFile.SplitFeatures {
        let loader = try experiment.makeLoader(split, keepsSamples: false)
        let extractor = FeatureExtractor(
            network.backbone, precision: experiment.config.precision, dataType: type.dataType)
        defer { console.clearStatus() }
        let features = try extractor.features(of: dataset, loader) { batches in
            if interruption.isRequested {
                throw CommandFailure(message: "interrupted; nothing was written", exitCode: InterruptWatch.exitCode)
            }
            console.show(ProgressLine(title: "features of \(split.rawValue)", done: batches, total: loader.count))
        }
        console.report(samplesSkippedBy: loader, of: split)
        return features
    }
}

/// The result of `nn features`.
struct FeaturesReport: Encodable {
    struct SplitCount: Encodable {
        let split: Split
        let samples: Int
    }

    let output: String
    let task: String
    /// The features per image.
    let features: Int
    let splits: [SplitCount]
    let seconds: Double

    var text: String {
        let counts = splits.map { "\($0.samples.grouped) \($0.split.rawValue)" }.joined(separator: ", ")
        return """
            \(features.grouped) features per image: \(counts) samples, in \(TimeText.clock(seconds: seconds))
            written to \(output); to train on them, set
              model.backbone: features
              data.dataset: {type: features, path: \(output)\(task == "classification" ? "" : ", task: \(task)")}
            """
    }
}
