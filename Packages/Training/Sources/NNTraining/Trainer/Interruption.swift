import Synchronization

/// A request to stop training after the present step, set from elsewhere: another thread, or the
/// handler of a signal such as Ctrl-C.
///
/// ```swift
/// let interruption = Interruption()
/// signalSource.setEventHandler { interruption.request() }
/// let result = try trainer.train(until: interruption)
/// ```
public final class Interruption: Sendable {
    private let flag = Atomic(false)

    public init() {}

    /// Asks for the stop. Safe in a signal handler: it only stores a flag.
    public func request() { flag.store(true, ordering: .relaxed) }

    public var isRequested: Bool { flag.load(ordering: .relaxed) }
}
