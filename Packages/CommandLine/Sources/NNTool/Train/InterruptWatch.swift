import Foundation
import Synchronization

/// Calls back at the first Ctrl-C, SIGTERM or end of the terminal, and ends the process at the second.
///
/// Signals come to the process as a whole, and libdispatch takes one over once and for good: so they have one set of
/// sources, which calls the watch that is there. Without one a signal has its usual effect.
final class InterruptWatch {
    /// What a shell reports of a process that Ctrl-C ended.
    static let exitCode: Int32 = 130

    private struct State {
        var handler: (@Sendable () -> Void)?
        var isCalled = false
    }

    private static let state = Mutex(State())
    private static let sources = Sources()

    /// - Parameter onFirst: is called on a thread of its own.
    init(onFirst: @escaping @Sendable () -> Void) {
        Self.state.withLock { $0 = State(handler: onFirst) }
        Self.sources.activate()
    }

    /// Gives the signals their usual effect again.
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
            // A closing terminal sends SIGHUP twice, from the shell and from the system. Without the clean-up of
            // exit(), which could wait for the thread that calculates.
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

        /// The end of the terminal is left alone where the process was told to outlive it, by `nohup`.
        private static var watched: [Int32] {
            var hangUp = sigaction()
            sigaction(SIGHUP, nil, &hangUp)
            let handler = unsafeBitCast(hangUp.__sigaction_handler.sa_handler, to: Int.self)
            return handler == unsafeBitCast(SIG_IGN, to: Int.self) ? [SIGINT, SIGTERM] : [SIGINT, SIGTERM, SIGHUP]
        }
    }
}
