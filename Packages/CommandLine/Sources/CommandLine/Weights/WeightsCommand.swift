import ArgumentParser

struct WeightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights", abstract: "Reads files of weights, of other frameworks too.",
        subcommands: [WeightsInspectCommand.self, WeightsImportCommand.self, WeightsDiffCommand.self])
}
