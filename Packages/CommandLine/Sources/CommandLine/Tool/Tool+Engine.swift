import NNLayers

extension Tool {
    /// A backend that could not be used, with the reason and the remedy.
    struct MissingBackend {
        let name: String
        let reason: String
    }

    /// Sets up the engine with the plugins' backends, the last plugin's first, and BLAS at the end.
    ///
    /// - Returns: The backends whose library is missing on this machine.
    /// - Throws: ``EngineError`` for a wrong `NN_NUM_THREADS`.
    func configureEngine() throws -> [MissingBackend] {
        var backends: [any Backend] = []
        var missing: [MissingBackend] = []
        for plugin in plugins.reversed() {
            let own = try Registry(plugins: [plugin])
            for name in own.names(of: .backend) {
                do {
                    backends.append(try own.build(.backend, from: ConfigNode(.string(name))))
                } catch {
                    missing.append(MissingBackend(name: name, reason: error.problems[0].message))
                }
            }
        }
        try Engine.configure(backends: backends + [BLASBackend()])
        return missing
    }

    /// Sets up the engine for a command that calculates, with a notice for each backend that is missing.
    func startEngine() throws {
        for backend in try configureEngine() { console.report("notice: \(backend.reason)") }
    }
}
