import ArgumentParser
import NNLayers
import NNTraining

/// What changes a configuration from the command line.
struct ConfigOptions: ParsableArguments {
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Change a value, such as optimizer.lr=0.05. May be repeated.", valueName: "key=value"))
    var changes: [String] = []

    @Option(help: "The seed of all random numbers.")
    var seed: UInt64?

    /// Reads a file with the files that it is based on, applies the changes, and checks every key and
    /// the options of every component.
    /// - Throws: ``ConfigError`` with every problem that was found.
    func load(_ path: String, registry: Registry) throws -> ExperimentConfig {
        let node = try ConfigLoader.load(path, overrides: changes + (seed.map { ["seed=\($0)"] } ?? []))
        return try ConfigCheck(registry: registry).resolve(node)
    }
}
