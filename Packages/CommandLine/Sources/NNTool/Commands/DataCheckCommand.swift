import ArgumentParser
import NNDatasets
import NNLayers
import NNTraining

struct DataCheckCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reads all data, and tells what is wrong with it.",
        discussion: """
            Errors are files that cannot be read, masks that do not fit their picture or are no masks, and labels out \
            of the classes; warnings are classes without a training sample, and pictures that are in two splits or \
            have two labels; notes are what is unusual. With data.on_error=skip files that cannot be read are \
            warnings. The exit code is 1 where there is an error.
            """)

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let config = try options.load(config, registry: tool.registry)
        let start = ContinuousClock.now
        let report = try DataScan(config, tool).check()
        let output = DataCheckOutput(report: report, seconds: (ContinuousClock.now - start) / .seconds(1))
        if json { try tool.console.print(json: output) } else { tool.console.print(output.text) }
        if report.count(of: .error) > 0 { throw CommandFailure() }
    }
}
