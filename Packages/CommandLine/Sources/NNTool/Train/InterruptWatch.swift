import Foundation
import Synchronization

/// Calls a handler at the first Ctrl-C, SIGTERM or hangup, and exits the process at the second.
///
/// Signals are sent to the process as a whole, and libdispatch takes each over for good: so there is one set of
/// sources, which calls the current watch. Without one, a signal has its usual effect.
final class InterruptWatch {
    /// The exit code that a shell reports for a process that was ended by the signal which was received first: 130 for
    /// Ctrl-C and before any, 143 for SIGTERM, 129 for a hangup.
    static var exitCode: Int32 { 128 + state.withLock(\.signal) }
    /// What this signal is called.
    static var signalName: String {
        switch state.withLock(\.signal) {
        case SIGTERM: "SIGTERM"
        case SIGHUP: "SIGHUP"
        default: "Ctrl-C"
        }
    }

    private struct State {
        var handler: (@Sendable () -> Void)?
        var lastWords: (@Sendable () -> Void)?
        var isCalled = false
        var signal = SIGINT
    }

    /// How long the last words may take, as where nobody reads them.
    private static let patience = DispatchTimeInterval.seconds(1)

    private static let state = Mutex(State())
    private static let sources = Sources()

    /// - Parameters:
    ///   - onFirst: The handler; called on another thread.
    ///   - lastWords: Called before the process exits at the second signal; nothing by default.
    init(onFirst: @escaping @Sendable () -> Void, lastWords: (@Sendable () -> Void)? = nil) {
        Self.state.withLock { $0 = State(handler: onFirst, lastWords: lastWords, signal: $0.signal) }
        Self.sources.activate()
    }

    /// Restores the usual effect of the signals.
    func cancel() { Self.state.withLock { $0 = State(signal: $0.signal) } }

    private static func receive(_ number: Int32) {
        let before = state.withLock { state in
            defer {
                if !state.isCalled { state.signal = number }
                state.isCalled = state.handler != nil
            }
            return state
        }
        guard let handler = before.handler else {
            signal(number, SIG_DFL)
            kill(getpid(), number)
            return
        }
        if !before.isCalled {
            handler()
        } else if number != SIGHUP {
            // A closing terminal sends SIGHUP twice, from the shell and from the system.
            if let lastWords = before.lastWords {
                let said = DispatchSemaphore(value: 0)
                DispatchQueue.global().async {
                    lastWords()
                    said.signal()
                }
                _ = said.wait(timeout: .now() + patience)
            }
            // The cleanup of exit() is skipped, since it could wait for the thread that calculates.
            _exit(128 + number)
        }
    }

    private final class Sources: Sendable {
        private let all: Mutex<[any DispatchSourceSignal]> = Mutex([])

        func activate() {
            all.withLock { all in
                // libdispatch crashes without files for them; the signals have their usual effect then.
                guard all.isEmpty, Self.canOpenFiles(8) else { return }
                let queue = DispatchQueue(label: "signals")
                for number in Self.watched {
                    let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
                    source.setEventHandler { receive(number) }
                    source.activate()
                    all.append(source)
                }
            }
        }

        /// Whether so many more files can be opened.
        private static func canOpenFiles(_ count: Int) -> Bool {
            let opened = (0..<count).map { _ in open("/dev/null", O_RDONLY | O_CLOEXEC) }
            for descriptor in opened where descriptor >= 0 { close(descriptor) }
            return opened.allSatisfy { $0 >= 0 }
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
