import Foundation

/// The batches of one epoch, in order. Its threads end with it.
public final class EpochBatches {
    private let queue: BatchQueue

    init(steps: Range<Int>, threads: Int, prefetch: Int, make: @escaping @Sendable (Int) throws -> Batch) {
        queue = BatchQueue(steps: steps, depth: max(prefetch, threads), make: make)
        queue.start(threads: min(threads, steps.count))
    }

    deinit { queue.stop() }

    /// The next batch; nil at the end of the epoch.
    /// - Throws: What stopped this batch from being made, such as an ``ImageError``; again on each call.
    public func next() throws -> Batch? { try queue.next() }
}

/// Batches that threads make side by side and one consumer takes in order.
///
/// The threads are real ones: reading files and decoding would block the few threads of Swift's
/// concurrency, and the kernels' pool must stay free for the network.
final class BatchQueue: @unchecked Sendable {
    // Sendable: what changes is guarded by `condition`.
    private let make: @Sendable (Int) throws -> Batch
    private let end: Int
    private let depth: Int
    private let condition = NSCondition()
    /// The next step that no thread works on.
    private var unclaimed: Int
    /// The next step that the consumer takes.
    private var awaited: Int
    private var finished: [Int: Result<Batch, any Error>] = [:]
    private var runningThreads = 0
    private var isStopped = false

    /// - Parameter depth: how many batches may be finished or in work before the consumer asks.
    init(steps: Range<Int>, depth: Int, make: @escaping @Sendable (Int) throws -> Batch) {
        self.make = make
        self.depth = depth
        unclaimed = steps.lowerBound
        awaited = steps.lowerBound
        end = steps.upperBound
    }

    /// Starts threads; without any, batches are made by the consumer.
    func start(threads: Int) {
        runningThreads = threads
        for number in 0..<threads {
            let thread = Thread { [self] in run() }
            thread.name = "nn-loader-\(number)"
            thread.start()
        }
    }

    /// Waits for the threads to end; a batch in work is finished first.
    func stop() {
        condition.withLock {
            isStopped = true
            condition.broadcast()
            while runningThreads > 0 { condition.wait() }
        }
    }

    func next() throws -> Batch? {
        try condition.withLock {
            guard awaited < end else { return nil }
            while runningThreads > 0, finished[awaited] == nil { condition.wait() }
            let result = finished[awaited] ?? Result { try make(awaited) }
            // A failure is kept, so that no later call can take it for the end of the epoch.
            finished[awaited] = if case .failure = result { result } else { nil }
            let batch = try result.get()
            awaited += 1
            condition.broadcast()
            return batch
        }
    }

    private func run() {
        while let step = claim() {
            let result = Result { try make(step) }
            condition.withLock {
                finished[step] = result
                condition.broadcast()
            }
        }
        condition.withLock {
            runningThreads -= 1
            condition.broadcast()
        }
    }

    /// The next step to work on; nil when there is none or the consumer is gone.
    private func claim() -> Int? {
        condition.withLock {
            while !isStopped, unclaimed < end, unclaimed >= awaited + depth { condition.wait() }
            guard !isStopped, unclaimed < end else { return nil }
            defer { unclaimed += 1 }
            return unclaimed
        }
    }
}
