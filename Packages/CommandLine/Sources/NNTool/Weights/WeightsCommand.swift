import ArgumentParser
import NNLayers

struct WeightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights", abstract: "Reads and writes files of weights, of other frameworks too.",
        subcommands: [
            WeightsInspectCommand.self, WeightsImportCommand.self, WeightsExportCommand.self, WeightsDiffCommand.self,
        ])
}

/// Runs `body`; an option that it cannot use is one of the command line.
func namingOptions<Result>(_ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let error as OptionError {
        throw ValidationError("--\(error.option): \(error.message)")
    }
}
