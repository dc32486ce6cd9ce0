import Foundation

/// Calls back at the first Ctrl-C, SIGTERM or end of the terminal, and ends the process at the second.
final class InterruptWatch {
    /// What a shell reports of a process that Ctrl-C ended.
    static let exitCode: Int32 = 130

    private let sources: [any DispatchSourceSignal]

    /// - Parameter onFirst: is called on a thread of its own.
    init(onFirst: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "signals")
        let counter = Counter()
        sources = Self.watched.map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                // Without the clean-up of exit(), which could wait for the thread that calculates.
                if counter.next() > 1 { _exit(Self.exitCode) }
                onFirst()
            }
            source.activate()
            return source
        }
    }

    /// The end of the terminal is left alone where the process was told to outlive it, by `nohup`.
    private static var watched: [Int32] {
        var hangUp = sigaction()
        sigaction(SIGHUP, nil, &hangUp)
        let handler = unsafeBitCast(hangUp.__sigaction_handler.sa_handler, to: Int.self)
        return handler == unsafeBitCast(SIG_IGN, to: Int.self) ? [SIGINT, SIGTERM] : [SIGINT, SIGTERM, SIGHUP]
    }

    /// Gives the signals their usual effect again.
    func cancel() {
        for source in sources {
            source.cancel()
            signal(Int32(source.handle), SIG_DFL)
        }
    }

    /// Counts on one queue only.
    private final class Counter: @unchecked Sendable {
        private var count = 0

        func next() -> Int {
            count += 1
            return count
        }
    }
}
