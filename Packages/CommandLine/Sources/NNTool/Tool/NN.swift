import ArgumentParser
import Foundation
import NNBackbones
import NNDatasets
import NNHeads
import NNLayers
import NNLosses
import NNOptimizers
import NNTraining
import NNWeights

/// The `nn` tool.
///
/// A program of your own that has a plugin more is as short as the tool itself:
///
/// ```swift
/// import CommandLine
/// import MyPlugin
///
/// NN.main(plugins: NN.standardPlugins + [MyPlugin()])
/// ```
public enum NN {
    /// The version that `nn --version` shows.
    public static let version = "0.1.0"

    /// The components that come with this package, without the backends.
    public static var standardPlugins: [any Plugin] {
        [
            LayersPlugin(), BackbonesPlugin(), HeadsPlugin(), LossesPlugin(), DatasetsPlugin(), WeightsPlugin(),
            OptimizersPlugin(), TrainingPlugin(),
        ]
    }

    /// Runs the command that the arguments ask for, and ends the process.
    ///
    /// Exit codes: 0 for success, 1 for an error, 2 for arguments that make no sense, 130 for a run
    /// that was interrupted.
    /// - Parameters:
    ///   - plugins: whose components configurations may name; of two backends the later is preferred.
    ///   - arguments: by default those of the process, without its name.
    public static func main(plugins: [any Plugin], arguments: [String]? = nil) -> Never {
        // A reader that goes away, such as `head`, ends the tool quietly, whatever the parent process set.
        signal(SIGPIPE, SIG_DFL)
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

/// `nn`, with its commands.
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nn",
        abstract: "Trains, evaluates and runs image networks that a YAML file describes.",
        discussion: "A first look: nn doctor, then nn train Examples/Configs/shapes.yaml",
        version: NN.version,
        subcommands: [
            TrainCommand.self, EvalCommand.self, PredictCommand.self, FeaturesCommand.self, SummaryCommand.self,
            ExportCommand.self, BenchCommand.self, ConfigCommand.self, DataCommand.self, WeightsCommand.self,
            ModelsCommand.self,
            DoctorCommand.self,
        ])
}
