import NNLayers

/// Finds the module in whose calculation a trace failed.
final class FailureObserver: ModuleObserver {
    /// The dotted path of the module; nil as long as nothing failed.
    private(set) var path: String?
    private let trace: Trace
    private let paths: [ObjectIdentifier: String]
    private var callers: [any Module] = []

    init(_ network: some Module, trace: Trace) {
        self.trace = trace
        paths = Dictionary(
            ModuleTree(network).entries.map { (ObjectIdentifier($0.module), $0.path) },
            uniquingKeysWith: { first, _ in first })
    }

    func willCall(_ module: any Module) {
        noteFailure()
        callers.append(module)
    }

    func didCall(_ module: any Module) {
        noteFailure()
        callers.removeLast()
    }

    /// The module that is being calculated when the failure is first seen made it: all inside of it
    /// have been looked at already.
    private func noteFailure() {
        guard path == nil, trace.failure != nil, let module = callers.last else { return }
        path = "\(paths[ObjectIdentifier(module)] ?? "") (\(module.typeName))"
    }
}
