import ArgumentParser
import Foundation
import NNDatasets
@_spi(Text) import NNLayers
import NNTraining

struct FeaturesCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "features", abstract: "Keeps what a backbone says of each picture, to train a head on.",
        discussion: """
            Runs each picture through the backbone once, prepared as for validation, and writes the mean of the \
            coarsest feature map, with labels, class names and file names, to one safetensors file with all splits. \
            A configuration with the data set {type: features, path: FILE} and the backbone 'features' trains a head \
            on it, thousands of samples a second. The head then fits the backbone itself: its weights have the same \
            names.

            Weights are those of the run, or what the configuration says in 'model.weights'.
            """)

    @Argument(help: "The folder of a run, or a configuration file.")
    var runOrConfig: String

    @Argument(
        help: ArgumentHelp(
            "The pictures: a folder with train, validation and test, a folder a class in each, or a configuration "
                + "file to take the data set of. (default: the data of the configuration)"))
    var data: String?

    @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
    var output: String

    @OptionGroup var options: ConfigOptions

    @Option(help: "Which samples; may be repeated. (default: all splits that there are)")
    var split: [Split] = []

    @Option(help: "Which checkpoint of a run to use.")
    var checkpoint = RunDirectory.CheckpointName.best

    @Option(help: "The type of the numbers in the file.")
    var type = Precision.float32

    @Flag(help: "Write over an existing file.")
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

    /// Finds out before a long calculation that its result could not be kept.
    private func checkOutput() throws -> URL {
        let run = try? RunDirectory(existing: URL(fileURLWithPath: runOrConfig))
        let inputs =
            [runOrConfig, data].compactMap { $0.map { URL(fileURLWithPath: $0) } }
            + (run.map { [$0.configFile, $0.url(of: checkpoint)] } ?? [])
        let url = try OutputFile(URL(fileURLWithPath: output), notOver: inputs).url
        if FileManager.default.fileExists(atPath: url.path), !force {
            throw CommandFailure(message: "\(output) exists; choose another name, or write over it with --force")
        }
        let folder = url.deletingLastPathComponent().path
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw CommandFailure(message: "\(folder) is no folder that can be written to; make it first")
        }
        return url
    }

    /// The data, and the network with its weights.
    private func load(_ tool: Tool) throws -> (Experiment, Network) {
        guard PathKind(of: runOrConfig) == .file else {
            let run = try RunDirectory(existing: URL(fileURLWithPath: runOrConfig))
            let config = try withData(options.load(run.configFile.path, registry: tool.registry), tool)
            let checkpoint = try Checkpoint(contentsOf: run.url(of: checkpoint))
            guard checkpoint.information.data.featureCount == nil else {
                throw CommandFailure(message: "\(runOrConfig): its network takes features itself, and no pictures")
            }
            try tool.startEngine()
            let network = try ModelBuilder(tool.registry).network(
                config.model, classCount: checkpoint.information.data.classNames.count)
            try checkpoint.load(into: network)
            return (try Experiment(config, registry: tool.registry), network)
        }
        let config = try withData(options.load(runOrConfig, registry: tool.registry), tool)
        let experiment = try Experiment(config, registry: tool.registry)
        try tool.startEngine()
        let network = try experiment.makeNetwork()
        for result in experiment.loadedWeights { tool.console.report("weights \(result.text)") }
        if config.model.weights.isNull {
            tool.console.report(
                "notice: the backbone has random weights, those of seed \(config.seed): name a run, or state "
                    + "'model.weights'")
        }
        return (experiment, network)
    }

    /// The configuration with the pictures that the command line names.
    private func withData(_ config: ExperimentConfig, _ tool: Tool) throws -> ExperimentConfig {
        guard let data else { return config }
        var config = config
        if PathKind(of: data) == .file {
            let other = try ConfigCheck(registry: tool.registry).resolve(ConfigLoader.load(data))
            config.data.dataset = other.data.dataset
        } else {
            config.data.dataset = ["type": "class_folders", "path": ConfigNode(.string(data))]
        }
        return config
    }
}

/// Calculates the features of all pictures of an experiment, and writes them to a file.
struct FeatureExtraction {
    private let experiment: Experiment
    private let network: Network
    private let type: Precision
    private let console: Console

    /// - Throws: `CommandFailure` where there are no pictures that have a class as a whole.
    init(_ experiment: Experiment, _ network: Network, type: Precision, console: Console) throws {
        guard experiment.source.task == .classification else {
            throw CommandFailure(message: "features are of whole pictures with one class; the data set has masks")
        }
        guard try experiment.dataset(.train).features == nil else {
            throw CommandFailure(message: "the data set has features already; name the configuration of the pictures")
        }
        self.experiment = experiment
        self.network = network
        self.type = type
        self.console = console
    }

    /// - Parameter splits: None for all that there are.
    /// - Throws: `CommandFailure` after Ctrl-C, `DatasetError`, `ImageError`, and `TensorFileError` for the file,
    ///   which is not written then.
    func run(splits: [Split], output: URL) throws -> FeaturesReport {
        let start = ContinuousClock.now
        let interruption = Interruption()
        let watch = InterruptWatch { interruption.request() }
        defer { watch.cancel() }
        var file = FeatureFile(description: try experiment.featureDescription(of: network.backbone), splits: [:])
        for split in splits.isEmpty ? Split.allCases : splits {
            let dataset: any Dataset
            do {
                // Pictures are seen once, so that none is kept in memory.
                dataset = try experiment.dataset(split, keepsSamples: false)
            } catch let error as DatasetError where splits.isEmpty && split != .train {
                console.report("notice: without the \(split.rawValue) split: \(error)")
                continue
            }
            file.splits[split] = try features(of: dataset, split, interruption)
        }
        try file.write(to: output)
        return FeaturesReport(
            output: output.relativePath, features: network.backbone.features.last?.channels ?? 0,
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
                throw CommandFailure(message: "interrupted; nothing is written", exitCode: InterruptWatch.exitCode)
            }
            console.show(
                ProgressLine(
                    title: "features of \(split.rawValue)", fraction: Double(batches) / Double(loader.count),
                    figures: ["\(batches)/\(loader.count)"]))
        }
        console.report(samplesSkippedBy: loader, of: split)
        return features
    }
}

/// What was written, for people and programs.
struct FeaturesReport: Encodable {
    struct SplitCount: Encodable {
        let split: Split
        let samples: Int
    }

    let output: String
    /// How many stand for each picture.
    let features: Int
    let splits: [SplitCount]
    let seconds: Double

    var text: String {
        let counts = splits.map { "\($0.samples.grouped) of \($0.split.rawValue)" }.joined(separator: ", ")
        return """
            \(features.grouped) features of each picture: \(counts), in \(TimeText.clock(seconds: seconds))
            written to \(output); a configuration trains on it with
              model.backbone: features
              data.dataset: {type: features, path: \(output)}
            """
    }
}
