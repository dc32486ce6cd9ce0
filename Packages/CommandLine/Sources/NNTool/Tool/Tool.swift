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

extension Tool {
    /// Sets up the engine with the backends that are linked and those that plugins register, the last plugin's first,
    /// or those that `NN_BACKENDS` names.
    ///
    /// - Throws: ``EngineError`` for a wrong `NN_NUM_THREADS` or `NN_BACKENDS`.
    @discardableResult
    func configureEngine() throws -> BackendSelection {
        var registered: [BackendCandidate] = []
        for plugin in plugins.reversed() {
            let own = try Registry(plugins: [plugin])
            registered += own.names(of: .backend).map { name in
                // Whoever makes a tool with a backend of his own wants it before those that came with it.
                BackendCandidate(name: name, preference: 1000) { () throws(EngineError) in
                    do throws(ConfigError) {
                        return try own.build(.backend, from: ConfigNode(.string(name)))
                    } catch {
                        throw EngineError(error.problems[0].message)
                    }
                }
            }
        }
        let selection = try BackendSelection(BackendCandidate.linked + registered)
        try Engine.configure(backends: selection.backends)
        return selection
    }

    /// Sets up the engine for a command that calculates, with a notice for each backend that is missing.
    func startEngine() throws { try configureEngine().printNotices() }
}
