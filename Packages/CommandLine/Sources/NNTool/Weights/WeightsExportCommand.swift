import ArgumentParser
import Foundation
@_spi(Text) import NNLayers
import NNTraining
import NNWeights

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
