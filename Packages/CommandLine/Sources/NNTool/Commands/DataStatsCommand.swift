import ArgumentParser
import NNLayers
import NNTraining

struct DataStatsCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Counts classes, and measures the pictures.",
        discussion: """
            Tells the samples of each class and split, the sizes of the pictures, the mean and deviation of their \
            channels for data.normalize, and weights against imbalance for the loss. Everything is measured before \
            any transform.
            """)

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let config = try options.load(config, registry: tool.registry)
        let output = DataStatisticsOutput(try DataScan(config, tool).statistics())
        if json { try tool.console.print(json: output) } else { tool.console.print(output.text) }
    }
}
