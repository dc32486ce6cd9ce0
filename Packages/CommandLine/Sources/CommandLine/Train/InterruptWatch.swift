import Foundation

/// Calls back at the first Ctrl-C or SIGTERM, and ends the process at the second.
final class InterruptWatch {
    /// What a shell reports of a process that Ctrl-C ended.
    static let exitCode: Int32 = 130

    private let sources: [any DispatchSourceSignal]

    /// - Parameter onFirst: is called on a thread of its own.
    init(onFirst: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "signals")
        let counter = Counter()
        sources = [SIGINT, SIGTERM].map { number in
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

    /// Gives both signals their usual effect again.
    func cancel() {
        for source in sources { source.cancel() }
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
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
