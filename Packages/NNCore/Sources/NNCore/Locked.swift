import Synchronization

/// A value that one thread at a time looks at or changes.
///
/// It is a `Mutex`, whose order ThreadSanitizer cannot see, because the standard library is not instrumented, so that
/// everything under one would be reported. The atomic tells it the same order; without the sanitizer it costs a load and
/// a store, without a barrier on x86.
struct Locked<Value: Sendable>: ~Copyable, Sendable {
    private let mutex: Mutex<Value>
    private let order = Atomic<Bool>(false)

    init(_ value: Value) { mutex = Mutex(value) }

    func withLock<Result: Sendable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try mutex.withLock { value throws(Failure) in
            _ = order.load(ordering: .acquiring)
            defer { order.store(true, ordering: .releasing) }
            return try body(&value)
        }
    }
}
