import ArgumentParser
import Foundation
import NNLayers
import NNTraining
import NNWeights

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
        tool.console.print(([result.description] + written.map { "written \($0)" }).joined(separator: "\n"))
    }

    /// Writes the imported values, and not those that the network had before.
    private func write(_ network: Network, _ result: WeightReport, to url: URL) throws {
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
