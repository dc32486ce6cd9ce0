import ArgumentParser
import Foundation
import NNBackbones
@_spi(Internal) import NNCore
import NNDatasets
import NNHeads
import NNInference
import NNLayers
import NNLosses
import NNOptimizers
import NNReporting
@_spi(Internal) import NNTraining
import NNWeights

/// The `nn` command-line tool.
///
/// A tool with further plugins is as short as `nn` itself:
///
/// ```swift
/// import MyPlugin
/// import NNTool
///
/// NN.main(plugins: NN.standardPlugins + [MyPlugin()])
/// ```
public enum NN {
    /// The version that `nn --version` prints.
    public static let version = Release.version

    /// The plugins that need no optional library; backends, Keras weights and export formats have plugins of their own.
    public static var standardPlugins: [any Plugin] {
        [
            LayersPlugin(), BackbonesPlugin(), HeadsPlugin(), LossesPlugin(), DatasetsPlugin(), WeightsPlugin(),
            OptimizersPlugin(), InferencePlugin(), TrainingPlugin(), ReportingPlugin(),
        ]
    }

    /// Runs the command that the arguments name, and exits the process.
    ///
    /// Exit codes: 0 for success, 1 for an error, 2 for invalid arguments, and after an interruption those of shells: 130
    /// by Ctrl-C, 143 by SIGTERM, 129 by the end of the terminal.
    /// - Parameters:
    ///   - plugins: The plugins whose components configurations can name; later backends are preferred.
    ///   - arguments: The arguments without the name of the program; by default those of the process.
    public static func main(plugins: [any Plugin], arguments: [String]? = nil) -> Never {
        // A reader that closes the pipe, such as `head`, ends the tool silently, whatever the parent process set.
        signal(SIGPIPE, SIG_DFL)
        // A file that reaches the limit of sizes is an error of its writer, and not the silent end of the process.
        signal(SIGXFSZ, SIG_IGN)
        ProcessMemory.prepareForLimits()
        let console = Console()
        do {
            var command = try RootCommand.parseAsRoot(arguments)
            if let command = command as? any ToolCommand {
                try command.run(Tool(plugins: plugins, console: console))
            } else {
                try command.run()
            }
            exit(0)
        } catch {
            exit(ErrorReport(error).write(to: console))
        }
    }
}

/// `nn` and its commands.
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nn",
        abstract: "Trains, evaluates and runs neural networks for images, configured by a YAML file.",
        discussion: "To get started: nn doctor, then nn train Examples/Configs/shapes.yaml",
        version: NN.version,
        subcommands: [
            TrainCommand.self, SweepCommand.self, LearningRateCommand.self, EvalCommand.self, PredictCommand.self,
            ExplainCommand.self, ReportCommand.self, CompareCommand.self, FeaturesCommand.self, SummaryCommand.self,
            QuantizeCommand.self, ExportCommand.self, BenchCommand.self, ConfigCommand.self, DataCommand.self,
            WeightsCommand.self, ModelsCommand.self, DoctorCommand.self,
        ])
}
