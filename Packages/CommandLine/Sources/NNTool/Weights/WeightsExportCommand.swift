import ArgumentParser
import Foundation
@_spi(Text) import NNLayers
import NNTraining
@_spi(Internal) import NNWeights

struct WeightsExportCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Exports weights under the names of another framework.",
        discussion: """
            PyTorch loads the result with safetensors.torch.load_file, directly into its own network. With names of \
            Keras, a program assigns each tensor to the weight of its name: layer/kernel. Counts of batches, which Keras \
            does not have, are left out.
            """)

    @Argument(help: "A weight file or a run folder.")
    var fileOrRun: String

    @Option(help: "The names to use: a name map, or a file with one.")
    var names: String

    @Option(help: ArgumentHelp("The safetensors file to write.", valueName: "file"))
    var output: String

    @Option(help: "The part of the network to export: backbone, head or auxiliary_head. (default: all)")
    var part: String?

    @Option(help: "The checkpoint of the run to export.")
    var checkpoint = RunDirectory.CheckpointName.best

    func validate() throws {
        try namingOptions { try WeightSource(file: fileOrRun, part: part).validate() }
    }

    func run(_ tool: Tool) throws {
        // Anything but a folder is a file, or is reported as a missing file.
        let run = try? RunDirectory(existing: URL(fileURLWithPath: fileOrRun))
        let source = run?.url(of: checkpoint) ?? URL(fileURLWithPath: fileOrRun)
        if let run, let note = run.quantization {
            throw CommandFailure(
                message: "\(run.url.relativePath): its network is quantized to 8 bits; export the weights of the run "
                    + "that it was made from, \(note.source), or the network itself by nn export")
        }
        let target = try OutputFile(URL(fileURLWithPath: output), notOver: [source]).url
        let file = try tool.registry.openWeights(source)
        let map = try namingOptions { try tool.registry.nameMap(names) }
        var tensors: [(name: String, tensor: Tensor)] = []
        var (unnamed, leftOut) = ([String](), 0)
        // A file of one part, as import writes it, has names without the part's.
        let prefix = part.map { "\($0)." } ?? ""
        let isOfPart = run == nil && !file.entries.contains { $0.name.hasPrefix(prefix) }
        for entry in file.entries where isOfPart || isExported(entry.name, isRun: run != nil) {
            let own = isOfPart ? prefix + entry.name : entry.name
            guard let (name, layout) = map.origin(of: own) else {
                if own.hasSuffix("num_batches_tracked") { leftOut += 1 } else { unnamed.append(own) }
                continue
            }
            let tensor = try file.tensor(named: entry.name)
            guard let restored = layout.restored(tensor) else {
                throw CommandFailure(
                    message: "'\(entry.name)' has the shape \(tensor.shape), which cannot be written as "
                        + "\(layout.rawValue), as '\(names)' asks for; correct the map")
            }
            tensors.append((name, restored))
        }
        try checkNamed(unnamed, of: file, map)
        guard !tensors.isEmpty else {
            throw CommandFailure(message: "\(file.url.relativePath) has nothing for \(part ?? "the network")")
        }
        try SafetensorsFile.write(tensors: tensors, metadata: ["format": "pt"], to: target)
        tool.console.print("\(tensors.count.grouped) tensors with the names of \(names) in \(output)")
        if let run { compareSettings(of: run, source, map, tool) }
        if leftOut > 0 {
            tool.console.print("left out: \(leftOut.grouped) counts of batches, which have no name there")
        }
    }

    private func isExported(_ name: String, isRun: Bool) -> Bool {
        // Beside the weights, the checkpoint of a run has the state of its training.
        if isRun, name.hasPrefix("training/") { return false }
        return part.map { name.hasPrefix("\($0).") } ?? true
    }

    private func checkNamed(_ unnamed: [String], of file: any WeightFile, _ map: NameMap) throws {
        guard let name = unnamed.first else { return }
        let others = unnamed.count > 1 ? " and \((unnamed.count - 1).grouped) more" : ""
        if let line = map.line(for: name) {
            throw CommandFailure(
                message: "'\(name)'\(others) can be read with '\(names)' and not written: its line '\(line)' drops "
                    + "what its '*' or numbers stand for; add a line with the whole name before it")
        }
        let remedy =
            part == nil && !unnamed.contains { $0.hasPrefix("backbone.") }
            ? "export the rest with --part backbone, or choose the map for the network"
            : "choose the map for its network"
        throw CommandFailure(
            message: "'\(name)'\(others) of \(file.url.relativePath) has no name in '\(names)'; \(remedy)")
    }

    /// Warns if the network of a run is not the one that the names stand for.
    private func compareSettings(of run: RunDirectory, _ source: URL, _ map: NameMap, _ tool: Tool) {
        // Where the network cannot be built, as without its plugin, only the names are checked.
        guard let config = try? run.config(), let saved = try? Checkpoint(contentsOf: source),
            let network = try? ModelBuilder(tool.registry).network(
                of: config, classCount: max(saved.information.data.classNames.count, 1))
        else { return }
        let mismatches = map.mismatches(with: network, part: part)
        guard !mismatches.isEmpty else { return }
        tool.console.report(
            "warning: networks with the names of '\(names)' usually have "
                + mismatches.map(\.description).joined(separator: "; ")
                + ": such a one would calculate something else with these weights")
    }
}
