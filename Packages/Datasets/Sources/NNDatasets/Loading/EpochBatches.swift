import Foundation

/// The batches of one epoch, in order. Its threads end with it.
///
/// Loading may fail at any batch. ``next()`` throws then:
///
/// ```swift
/// let batches = loader.batches(epoch: 0)
/// while let batch = try batches.next() { ... }
/// ```
///
/// A `for` loop cannot throw, so that its elements are results. A failure is the last of them:
///
/// ```swift
/// for result in loader.batches(epoch: 0) {
///     let batch = try result.get()
/// }
/// ```
///
/// The sequence is iterated once: another loop continues where the first one ended.
public final class EpochBatches: Sequence {
    /// Goes through the batches up to the end of the epoch or the first failure.
    public struct Iterator: IteratorProtocol {
        private let batches: EpochBatches
        private var hasFailed = false

        fileprivate init(_ batches: EpochBatches) { self.batches = batches }

        /// The next batch or the failure to load it; nil after the last one or a failure.
        public mutating func next() -> Result<Batch, any Error>? {
            if hasFailed { return nil }
            do {
                return try batches.next().map { .success($0) }
            } catch {
                hasFailed = true
                return .failure(error)
            }
        }
    }

    private let queue: BatchQueue
    /// The batches of the last step that were not taken yet.
    private var pending: ArraySlice<Batch> = []
    /// The number of steps that were begun. A step has one batch, or several for evaluation, one for each size of images.
    public private(set) var stepCount = 0

    init(steps: Range<Int>, threads: Int, prefetch: Int, make: @escaping @Sendable (Int) throws -> [Batch]) {
        queue = BatchQueue(steps: steps, depth: Swift.max(prefetch, threads), make: make)
        queue.start(threads: Swift.min(threads, steps.count))
    }

    deinit { queue.stop() }

    /// The next batch; nil at the end of the epoch.
    /// - Throws: What prevented this batch, such as an ``ImageError`` or ``DatasetError``; again on each call.
    public func next() throws -> Batch? {
        while pending.isEmpty {
            guard let batches = try queue.next() else { return nil }
            pending = batches[...]
            stepCount += 1
        }
        return pending.removeFirst()
    }

    /// The batches that are left, each as a result.
    public func makeIterator() -> Iterator { Iterator(self) }
}

/// Batches that several threads make and one consumer takes in order.
///
/// The threads are its own: reading and decoding files would block the few threads of Swift's concurrency, and the
/// kernels' threads must stay free for the network.
final class BatchQueue: @unchecked Sendable {
    // Sendable: all mutable state is guarded by `condition`.
    private let make: @Sendable (Int) throws -> [Batch]
    private let end: Int
    private let depth: Int
    private let condition = NSCondition()
    /// The next step that no thread works on.
    private var unclaimed: Int
    /// The next step that the consumer takes.
    private var awaited: Int
    private var finished: [Int: Result<[Batch], any Error>] = [:]
    private var runningThreads = 0
    private var isStopped = false

    /// - Parameter depth: How many batches may be finished or in progress before the consumer asks.
    init(steps: Range<Int>, depth: Int, make: @escaping @Sendable (Int) throws -> [Batch]) {
        self.make = make
        self.depth = depth
        unclaimed = steps.lowerBound
        awaited = steps.lowerBound
        end = steps.upperBound
    }

    /// Starts threads; without any, the consumer makes the batches.
    func start(threads: Int) {
        runningThreads = threads
        for number in 0..<threads {
            let thread = Thread { [self] in run() }
            thread.name = "nn-loader-\(number)"
            thread.start()
        }
    }

    /// Waits for the threads to end; batches in progress are finished first.
    func stop() {
        condition.withLock {
            isStopped = true
            condition.broadcast()
            while runningThreads > 0 { condition.wait() }
        }
    }

    func next() throws -> [Batch]? {
        try condition.withLock {
            guard awaited < end else { return nil }
            while runningThreads > 0, finished[awaited] == nil { condition.wait() }
            let result = finished[awaited] ?? Result { try make(awaited) }
            // A failure is kept, so that no later call mistakes it for the end of the epoch.
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

    /// The next step to work on; nil if there is none or the consumer is gone.
    private func claim() -> Int? {
        condition.withLock {
            while !isStopped, unclaimed < end, unclaimed >= awaited + depth { condition.wait() }
            guard !isStopped, unclaimed < end else { return nil }
            defer { unclaimed += 1 }
            return unclaimed
        }
    }
}
