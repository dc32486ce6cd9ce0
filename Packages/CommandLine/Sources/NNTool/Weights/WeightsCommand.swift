import ArgumentParser
import Foundation
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining
@_spi(Internal) import NNWeights

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
            The network must be built as the names in the file ask for, such as with the padding of Keras; --force \
            loads into another one. \
            The result is a safetensors file for 'model.weights' in a configuration, and with --run a run folder, \
            which eval, predict, features and export accept as if the network had been trained here.
            """)

    @Argument(help: "A weight file: safetensors, PyTorch, or Keras (.h5, .keras).")
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

    @Option(help: "The weights to take of a checkpoint that has several, such as model or model_ema; see inspect.")
    var state: String?

    @Flag(help: "Import into a network of other settings, such as another padding, than the weights were trained with.")
    var force = false

    @Option(help: "The number of classes. (default: from the data)")
    var classes: Int?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if output == nil && !run { throw ValidationError("Pass --output, --run or both") }
        if let classes, classes < 1 { throw ValidationError("--classes must be 1 or more, not \(classes)") }
        try namingOptions { try source.validate() }
    }

    private var source: WeightSource {
        WeightSource(file: file, names: names, part: part, except: except, state: state, force: force)
    }

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
        let builder = ModelBuilder(tool.registry)
        let network = try builder.network(of: config, classCount: classCount)
        let result = try namingOptions {
            try builder.load(source, into: network, as: config, classCount: classCount)
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
        let state: String?
        let skipped: [String]
        let forced: [String]
        let notes: [String]
        let written: [String]

        init(_ result: WeightReport, written: [String]) {
            file = result.file.relativePath
            names = result.plan.mapName
            loaded = result.plan.assignments.count
            reinitialized = result.plan.reinitialized
            excepted = result.plan.excepted
            leftOut = result.plan.leftOut
            notFinite = result.notFinite
            state = result.checkpoint.state
            skipped = result.checkpoint.skipped
            forced = result.plan.settingMismatches.map(\.description)
            notes = result.notes
            self.written = written
        }
    }
}
