import ArgumentParser
import NNLayers
import NNTraining

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Checks and shows configurations.",
        subcommands: [ConfigCheckCommand.self, ConfigPrintCommand.self])
}

struct ConfigCheckCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Proves that a configuration can be trained, without training it.",
        discussion: "Checks every key, builds every part, and follows the shapes from an image to the loss.")

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let path = config
        let experiment = try Experiment(options.load(path, registry: tool.registry), registry: tool.registry)
        let report = try ConfigCheckReport(experiment)
        if json { try tool.console.print(json: report) } else { tool.console.print("\(path) is sound\n\(report.text)") }
    }
}

struct ConfigPrintCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "print", abstract: "Prints a configuration with all bases, changes and defaults in it.")

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let node = try ConfigEncoder().encode(options.load(config, registry: tool.registry))
        if json { try tool.console.print(json: node) } else { tool.console.print(YAMLWriter.write(node)) }
    }
}
