import Foundation

/// A sum over all ranks that is under way.
public final class PendingSum: @unchecked Sendable {
    // Sendable: all mutable state is guarded by `condition`.
    private let condition = NSCondition()
    private var result: Result<[Double], ProcessGroupError>?
    private let start = ContinuousClock.now
    private var end: ContinuousClock.Instant?
    private let limit: Double?
    private let onTimeout: @Sendable () -> Void

    /// A sum that another thread completes.
    /// - Parameters:
    ///   - limit: The seconds after which waiting for it calls `onTimeout`, which must complete it; nil, the default, for
    ///     no limit.
    ///   - onTimeout: Called on the thread that waits.
    public init(limit: Double? = nil, onTimeout: @escaping @Sendable () -> Void = {}) {
        self.limit = limit
        self.onTimeout = onTimeout
    }

    /// Completes the sum, with its values where they are not in the caller's memory. Only the first call counts.
    public func complete(_ result: Result<[Double], ProcessGroupError>) {
        condition.withLock {
            guard self.result == nil else { return }
            self.result = result
            end = .now
            condition.broadcast()
        }
    }

    /// Waits until the sum is complete.
    /// - Returns: Its values; none of a sum in the caller's memory.
    /// - Throws: ``ProcessGroupError`` where a rank has failed or does not answer.
    @discardableResult
    public func wait() throws(ProcessGroupError) -> [Double] {
        condition.lock()
        let deadline = limit.map { Date(timeIntervalSinceNow: $0) }
        while result == nil {
            if let deadline {
                if condition.wait(until: deadline) { continue }
                condition.unlock()
                onTimeout()
                condition.lock()
            } else {
                condition.wait()
            }
        }
        let result = result!
        condition.unlock()
        return try result.get()
    }

    /// When it was begun and completed; nil as long as it is under way.
    var span: (start: ContinuousClock.Instant, end: ContinuousClock.Instant)? {
        condition.withLock { end.map { (start, $0) } }
    }
}
