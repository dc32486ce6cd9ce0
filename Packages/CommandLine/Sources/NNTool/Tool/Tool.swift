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
    /// - Parameter threads: The number of threads; nil, the default, for `NN_NUM_THREADS` or all cores.
    /// - Throws: ``EngineError`` for an invalid `NN_NUM_THREADS` or `NN_BACKENDS`.
    @discardableResult
    func configureEngine(threads: Int? = nil) throws -> BackendSelection {
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
        // What was measured holds for a number of threads, which is set first.
        try Engine.configure(backends: selection.backends, threads: threads)
        try Engine.configure(backends: selection.tuned(), threads: threads)
        return selection
    }

    /// Sets up the engine, and prints a notice for each missing backend.
    /// - Parameter threads: As of ``configureEngine(threads:)``.
    func startEngine(threads: Int? = nil) throws {
        let selection = try configureEngine(threads: threads)
        selection.printNotices()
        for backend in selection.missing { console.note("notice: \(backend.reason)") }
    }
}
