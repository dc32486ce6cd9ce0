import ArgumentParser

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
