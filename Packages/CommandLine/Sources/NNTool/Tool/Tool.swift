import ArgumentParser
import NNLayers

/// What a command works with.
struct Tool {
    let plugins: [any Plugin]
    let registry: Registry
    let console: Console

    /// - Throws: ``RegistryError`` where two plugins register the same name.
    init(plugins: [any Plugin], console: Console) throws {
        self.plugins = plugins
        self.console = console
        registry = try Registry(plugins: plugins)
    }
}

/// A command of the tool.
protocol ToolCommand: ParsableCommand {
    func run(_ tool: Tool) throws
}
