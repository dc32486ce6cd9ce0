import ArgumentParser
import NNLayers
@_spi(Internal) import NNTraining

struct SummaryCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary", abstract: "Prints a network layer by layer.",
        discussion: "Traces the shape of one image through the network; nothing is calculated.")

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions
    @OptionGroup var network: NetworkOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let config = try options.load(config, registry: tool.registry)
        let resolved = try network.resolved(config, registry: tool.registry)
        let network = try ModelBuilder(tool.registry).network(
            resolved.model, classCount: resolved.classCount, task: resolved.task)
        try config.training.freezeParts(of: network)
        let summary = try network.summary(imageSize: resolved.imageSize)
        if json { try tool.console.print(json: summary) } else { tool.console.print("\(summary)") }
    }
}
