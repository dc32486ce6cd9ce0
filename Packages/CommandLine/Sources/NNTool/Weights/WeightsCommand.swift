import ArgumentParser
import Foundation
@_spi(Text) import NNLayers
import NNTraining
import NNWeights

struct WeightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights", abstract: "Inspects, imports, exports and compares weight files.",
        subcommands: [
            WeightsInspectCommand.self, WeightsImportCommand.self, WeightsExportCommand.self, WeightsDiffCommand.self,
        ])
}

/// Runs `body`, and reports an invalid option as one of the command line.
func namingOptions<Result>(_ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let error as OptionError {
        throw ValidationError("--\(error.option): \(error.message)")
    }
}

struct WeightsImportCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Imports weights of other frameworks into a network.",
        discussion: """
            Every tensor of the file must have its place in the network and vice versa; --except allows exceptions. \
            The result is a safetensors file for 'model.weights' in a configuration, and with --run a run folder, \
            which eval, predict, features and export accept as if the network had been trained here.
            """)

    @Argument(help: "A weight file: safetensors, PyTorch or Keras.")
    var file: String

    @Option(help: ArgumentHelp("The configuration of the network.", valueName: "config"))
    var into: String

    @OptionGroup var options: ConfigOptions

    @Option(help: ArgumentHelp("The safetensors file to write.", valueName: "file"))
    var output: String?

    @Flag(help: "Create a run folder with the network.")
    var run = false

    @Option(help: ArgumentHelp("The folder of all runs.", valueName: "dir"))
    var runs = "runs"

    @Option(help: "The names in the file: a name map, or a file with one. (default: the one that fits)")
    var names: String?

    @Option(help: "The part of the network to import: backbone, head or auxiliary_head. (default: all)")
    var part: String?

    @Option(help: "A pattern for tensors that may be missing, unexpected or of another shape. May be repeated.")
    var except: [String] = []

    @Option(help: "The number of classes. (default: from the data)")
    var classes: Int?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if output == nil && !run { throw ValidationError("Pass --output, --run or both") }
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
                    "--classes is \(classes), but the data of \(into), which a run needs, has \(classCount) classes; "
                    + "omit --run, or name the data that the weights were trained on")
        }
        let network = try ModelBuilder(tool.registry).network(
            config.model, classCount: classCount, task: ModelBuilder(tool.registry).task(of: config.data))
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
            // The run has the imported weights in place of those that the configuration names.
            var imported = config
            imported.model.weights = nil
            try folder.write(network, config: imported, description: description)
            written.append(folder.url.relativePath)
        }
        let summary = Summary(result, written: written)
        if json { return try tool.console.print(json: summary) }
        tool.console.print(([result.description] + written.map { "written \($0)" }).joined(separator: "\n"))
    }

    /// Writes the imported tensors only, not those that the network had before.
    private func write(_ network: Network, _ result: WeightReport, to url: URL) throws {
        let names = Set(result.plan.assignments.map(\.name))
        let tensors = network.stateDictionary.entries.filter { names.contains($0.name) }
            .map { (name: $0.name, tensor: $0.tensor) }
        try SafetensorsFile.write(
            tensors: tensors, metadata: ["source": result.file.lastPathComponent], to: url)
    }

    private struct Summary: Encodable {
        let file: String
        let names: String?
        let loaded: Int
        let reinitialized: [String]
        let excepted: [String]
        let leftOut: [String]
        let notFinite: [String]
        let written: [String]

        init(_ result: WeightReport, written: [String]) {
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
        commandName: "export", abstract: "Exports weights under the names of another framework.",
        discussion: "PyTorch loads the result with safetensors.torch.load_file, directly into its own network.")

    @Argument(help: "A weight file or a run folder.")
    var fileOrRun: String

    @Option(help: "The names to use: a name map, or a file with one.")
    var names: String

    @Option(help: ArgumentHelp("The safetensors file to write.", valueName: "file"))
    var output: String

    @Option(help: "The checkpoint of the run to export.")
    var checkpoint = RunDirectory.CheckpointName.best

    func run(_ tool: Tool) throws {
        let target = try OutputFile(URL(fileURLWithPath: output), notOver: [source]).url
        let file = try tool.registry.openWeights(source)
        let map = try namingOptions { try tool.registry.nameMap(names) }
        let tensors = try file.entries.map { entry in
            guard let (name, layout) = map.origin(of: entry.name) else {
                throw CommandFailure(
                    message:
                        "'\(entry.name)' of \(file.url.relativePath) has no name in '\(names)'; choose the map for "
                        + "its network")
            }
            let tensor = try file.tensor(named: entry.name)
            guard let restored = layout.restored(tensor) else {
                throw CommandFailure(
                    message: "'\(entry.name)' has the shape \(tensor.shape), which cannot be written as "
                        + "\(layout.rawValue), as '\(names)' asks for; correct the map")
            }
            return (name: name, tensor: restored)
        }
        try SafetensorsFile.write(
            tensors: tensors, metadata: ["format": "pt"], to: target)
        tool.console.print("\(tensors.count.grouped) tensors with the names of \(names) in \(output)")
    }

    private var source: URL {
        let url = URL(fileURLWithPath: fileOrRun)
        // Anything but a folder is a file, or is reported as a missing file.
        return (try? RunDirectory(existing: url))?.url(of: checkpoint) ?? url
    }
}
