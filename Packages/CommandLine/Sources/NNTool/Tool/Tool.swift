import ArgumentParser
@_spi(Kernels) import NNCore
import NNLayers

/// The plugins, their components and the console, which every command gets.
struct Tool {
    let plugins: [any Plugin]
    let registry: Registry
    let console: Console

    /// - Throws: ``RegistryError`` if two plugins register the same name.
    init(plugins: [any Plugin], console: Console) throws {
        self.plugins = plugins
        self.console = console
        registry = try Registry(plugins: plugins)
    }
}

/// A command that works with the components of plugins.
protocol ToolCommand: ParsableCommand {
    /// Runs the command.
    func run(_ tool: Tool) throws
}

extension Tool {
    /// Sets up the engine with the linked backends and those of plugins, the last plugin's first, or with those that
    /// `NN_BACKENDS` names.
    ///
    /// - Throws: ``EngineError`` for an invalid `NN_NUM_THREADS` or `NN_BACKENDS`.
    @discardableResult
    func configureEngine() throws -> BackendSelection {
        var registered: [BackendCandidate] = []
        for plugin in plugins.reversed() {
            let own = try Registry(plugins: [plugin])
            registered += own.names(of: .backend).map { name in
                // A backend that a tool registers is preferred to those that are linked anyway.
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
        try Engine.configure(backends: selection.tuned())
        return selection
    }

    /// Sets up the engine, and prints a notice for each missing backend.
    func startEngine() throws { try configureEngine().printNotices() }
}
