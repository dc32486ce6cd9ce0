import ArgumentParser
import NNDatasets
import Foundation
import NNLayers
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
        for result in experiment.loadedWeights { tool.console.report("weights \(result)") }
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
