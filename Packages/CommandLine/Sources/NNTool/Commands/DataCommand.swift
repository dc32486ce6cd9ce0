import ArgumentParser

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Looks into the data of a configuration.",
        subcommands: [
            DataCheckCommand.self, DataCleanCommand.self, DataStatsCommand.self, DataViewCommand.self,
            DataExportCommand.self,
        ])
}
