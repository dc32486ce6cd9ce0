import Foundation
import Synchronization

/// Calls a handler at the first Ctrl-C, SIGTERM or hangup, and exits the process at the second.
///
/// Signals are sent to the process as a whole, and libdispatch takes each over for good: so there is one set of
/// sources, which calls the current watch. Without one, a signal has its usual effect.
final class InterruptWatch {
    /// The exit code that a shell reports for a process ended by Ctrl-C.
    static let exitCode: Int32 = 130

    private struct State {
        var handler: (@Sendable () -> Void)?
        var isCalled = false
    }

    private static let state = Mutex(State())
    private static let sources = Sources()

    /// - Parameter onFirst: The handler; called on another thread.
    init(onFirst: @escaping @Sendable () -> Void) {
        Self.state.withLock { $0 = State(handler: onFirst) }
        Self.sources.activate()
    }

    /// Restores the usual effect of the signals.
    func cancel() { Self.state.withLock { $0 = State() } }

    private static func receive(_ number: Int32) {
        let (handler, wasCalled) = state.withLock { state in
            defer { state.isCalled = state.handler != nil }
            return (state.handler, state.isCalled)
        }
        guard let handler else {
            signal(number, SIG_DFL)
            kill(getpid(), number)
            return
        }
        if !wasCalled {
            handler()
        } else if number != SIGHUP {
            // A closing terminal sends SIGHUP twice, from the shell and from the system. The cleanup of exit() is
            // skipped, since it could wait for the thread that calculates.
            _exit(exitCode)
        }
    }

    private final class Sources: Sendable {
        private let all: Mutex<[any DispatchSourceSignal]> = Mutex([])

        func activate() {
            all.withLock { all in
                guard all.isEmpty else { return }
                let queue = DispatchQueue(label: "signals")
                for number in Self.watched {
                    let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
                    source.setEventHandler { receive(number) }
                    source.activate()
                    all.append(source)
                }
            }
        }

        /// A hangup is ignored if the process was started to survive it, by `nohup`.
        private static var watched: [Int32] {
            var hangUp = sigaction()
            sigaction(SIGHUP, nil, &hangUp)
            let handler = unsafeBitCast(hangUp.__sigaction_handler.sa_handler, to: Int.self)
            return handler == unsafeBitCast(SIG_IGN, to: Int.self) ? [SIGINT, SIGTERM] : [SIGINT, SIGTERM, SIGHUP]
        }
    }
}
