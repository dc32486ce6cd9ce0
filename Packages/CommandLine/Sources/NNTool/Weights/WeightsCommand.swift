import ArgumentParser
import Foundation
@_spi(Text) import NNLayers
import NNTraining
import NNWeights

struct WeightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights", abstract: "Reads and writes files of weights, of other frameworks too.",
        subcommands: [
            WeightsInspectCommand.self, WeightsImportCommand.self, WeightsExportCommand.self, WeightsDiffCommand.self,
        ])
}

/// Runs `body`; an option that it cannot use is one of the command line.
func namingOptions<Result>(_ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let error as OptionError {
        throw ValidationError("--\(error.option): \(error.message)")
    }
}

struct WeightsImportCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Turns a file of weights into one for a network of ours.",
        discussion: """
            Every name of the file must have its place in the network and the other way round; --except allows what \
            may differ. The result is a safetensors file for weights: in a configuration, and with --run a run \
            folder, which eval, predict, features and export take as if the network had been trained here.
            """)

    @Argument(help: "A file of weights: safetensors, PyTorch, Keras.")
    var file: String

    @Option(help: ArgumentHelp("The configuration of the network.", valueName: "config"))
    var into: String

    @OptionGroup var options: ConfigOptions

    @Option(help: ArgumentHelp("The safetensors file to write.", valueName: "file"))
    var output: String?

    @Flag(help: "Make a run folder with the network.")
    var run = false

    @Option(help: ArgumentHelp("The folder of all runs.", valueName: "dir"))
    var runs = "runs"

    @Option(help: "How tensors are named: a name map, or a file with one. (default: the one that fits)")
    var names: String?

    @Option(help: "The part of the network to take: backbone, head or auxiliary_head. (default: all)")
    var part: String?

    @Option(help: "A pattern of names that may be missing, unexpected or of another shape. May be repeated.")
    var except: [String] = []

    @Option(help: "The number of classes. (default: those of the data)")
    var classes: Int?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if output == nil && !run { throw ValidationError("State --output, --run or both") }
        if let classes, classes < 1 { throw ValidationError("--classes must be 1 or more, not \(classes)") }
        try namingOptions { try source.validate() }
    }

    private var source: WeightSource { WeightSource(file: file, names: names, part: part, except: except) }

    func run(_ tool: Tool) throws {
        let target = try output.map {
            try OutputFile(URL(fileURLWithPath: $0), notOver: [file, into].map { URL(fileURLWithPath: $0) }).url
        }
        let config = try options.load(into, registry: tool.registry)
        let description =
            run || classes == nil ? try Experiment(config, registry: tool.registry).dataDescription() : nil
        let classCount = description?.classNames.count ?? classes ?? 0
        if let classes, classes != classCount {
            throw CommandFailure(
                message:
                    "--classes is \(classes), and the data of \(into) has \(classCount) classes, which a run is of; "
                    + "leave --run out, or name the data that the weights are of")
        }
        let network = try ModelBuilder(tool.registry).network(config.model, classCount: classCount)
        let result = try namingOptions {
            try WeightLoader(tool.registry).load(source, into: network, classCount: classCount)
        }
        var written: [String] = []
        if let output, let target {
            try write(network, result, to: target)
            written.append(output)
        }
        if run, let description {
            network.initialize(key: config.parameterKey, keepsValues: true)
            let folder = try RunDirectory.create(
                in: URL(fileURLWithPath: runs), configuration: TrainCommand.name(of: into))
            // What was imported is all that the network begins with.
            var imported = config
            imported.model.weights = nil
            try folder.write(network, config: imported, description: description)
            written.append(folder.url.relativePath)
        }
        let answer = Answer(result, written: written)
        if json { return try tool.console.print(json: answer) }
        tool.console.print(([result.text] + written.map { "written \($0)" }).joined(separator: "\n"))
    }

    /// Writes the imported values, and not those that the network had before.
    private func write(_ network: Network, _ result: WeightResult, to url: URL) throws {
        let names = Set(result.plan.assignments.map(\.name))
        let tensors = network.stateDictionary.entries.filter { names.contains($0.name) }
            .map { (name: $0.name, tensor: $0.tensor) }
        try SafetensorsFile.write(
            tensors: tensors, metadata: ["source": result.file.lastPathComponent], to: url)
    }

    private struct Answer: Encodable {
        let file: String
        let names: String?
        let loaded: Int
        let reinitialized: [String]
        let excepted: [String]
        let leftOut: [String]
        let notFinite: [String]
        let written: [String]

        init(_ result: WeightResult, written: [String]) {
            file = result.file.relativePath
            names = result.plan.mapName
            loaded = result.plan.assignments.count
            reinitialized = result.plan.reinitialized
            excepted = result.plan.excepted
            leftOut = result.plan.leftOut
            notFinite = result.notFinite
            self.written = written
        }
    }
}

struct WeightsExportCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes weights under the names of another framework.",
        discussion: "PyTorch reads the result by safetensors.torch.load_file, straight into its own network.")

    @Argument(help: "A file of weights, or the folder of a run.")
    var fileOrRun: String

    @Option(help: "How tensors shall be named: a name map, or a file with one.")
    var names: String

    @Option(help: ArgumentHelp("The safetensors file to write.", valueName: "file"))
    var output: String

    @Option(help: "Which checkpoint of a run to use.")
    var checkpoint = RunDirectory.CheckpointName.best

    func run(_ tool: Tool) throws {
        let target = try OutputFile(URL(fileURLWithPath: output), notOver: [source]).url
        let file = try tool.registry.openWeights(source)
        let map = try namingOptions { try tool.registry.nameMap(names) }
        let tensors = try file.entries.map { entry in
            guard let (name, layout) = map.origin(of: entry.name) else {
                throw CommandFailure(
                    message: "'\(entry.name)' of \(file.url.relativePath) has no name in '\(names)'; choose the map of "
                        + "the network that it is of")
            }
            let tensor = try file.tensor(named: entry.name)
            guard let restored = layout.restored(tensor) else {
                throw CommandFailure(
                    message: "'\(entry.name)' has the shape \(tensor.shape), which '\(names)' wants to write as "
                        + "\(layout.rawValue); mend the map")
            }
            return (name: name, tensor: restored)
        }
        try SafetensorsFile.write(
            tensors: tensors, metadata: ["format": "pt"], to: target)
        tool.console.print("\(tensors.count.grouped) tensors by the names of \(names) in \(output)")
    }

    private var source: URL {
        let url = URL(fileURLWithPath: fileOrRun)
        // What is no folder is a file, or is reported as one that is missing.
        return (try? RunDirectory(existing: url))?.url(of: checkpoint) ?? url
    }
}
