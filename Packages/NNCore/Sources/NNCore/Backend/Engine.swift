import CNNKernels

/// The backends that calculate, most preferred first, and the number of threads they use.
///
/// There is one engine a process. Every operation asks its backends in turn, and the first that does
/// not decline computes it; ``BLASBackend`` comes last and declines nothing.
///
/// Nothing needs to be set: a backend whose product is linked is used from the first operation on (see
/// ``LinkedBackend``), `NN_BACKENDS` states another order (names separated by commas), and `NN_NUM_THREADS` the number of
/// threads. A program that has a reason to decides itself:
///
/// ```swift
/// try Engine.configure(backends: [BLASBackend()], threads: 1)
/// ```
public enum Engine {
    private static let configured = Locked<[any Backend]?>(nil)

    /// What is used where nothing was configured, opened when it is first needed.
    private static let preset: [any Backend] = {
        do throws(EngineError) {
            let selection = try BackendSelection()
            selection.printNotices()
            return selection.tuned()
        } catch {
            Notice.end(error)
        }
    }()

    /// Backends for one scope, as the tests use to hold one against another.
    @TaskLocal public static var scoped: [any Backend]?

    /// The backends in the order in which they are asked.
    public static var backends: [any Backend] { scoped ?? configured.withLock { $0 } ?? preset }

    /// Sets the backends and the number of threads for the whole process.
    ///
    /// - Parameter threads: by default `NN_NUM_THREADS`, or else ``ThreadCount/availableCores``.
    /// - Throws: ``EngineError`` where `NN_NUM_THREADS` is not a whole number from 1 to 1024.
    public static func configure(backends: [any Backend], threads: Int? = nil) throws(EngineError) {
        let count = if let threads { threads } else { try ThreadCount.fromEnvironment() }
        require((1...1024).contains(count), "Engine.configure: \(count) threads; 1 to 1024 are possible")
        nn_set_thread_count(Int32(count))
        configured.withLock { $0 = backends }
    }

    /// Runs `body` with another number of threads for all that it calls on this thread.
    ///
    /// Other threads are not concerned, so that tests and services can calculate side by side.
    /// - Parameter count: 1 to 1024.
    public static func withThreads<Result, Failure: Error>(
        _ count: Int, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        require((1...1024).contains(count), "Engine.withThreads: \(count) threads; 1 to 1024 are possible")
        let before = nn_scope_thread_count(Int32(count))
        defer { _ = nn_scope_thread_count(before) }
        return try body()
    }

    /// How many threads the kernels use that this thread calls.
    public static var threadCount: Int { Int(nn_thread_count()) }

    /// The first answer that is not a refusal.
    ///
    /// - Parameter work: What is asked for, in the terms of observers.
    static func first(_ work: @autoclosure () -> ObservedWork, _ ask: (any Backend) -> Tensor?) -> Tensor {
        nn_apply_thread_count()
        guard let observer else { return answer(ask).result }
        let work = work()
        observer.begin(work)
        let (result, backend) = answer(ask)
        observer.end(backend: backend.name, bytes: work.operandBytes + result.specification.byteCount)
        return result
    }

    private static func answer(_ ask: (any Backend) -> Tensor?) -> (result: Tensor, backend: any Backend) {
        for backend in backends {
            if let result = ask(backend) { return (result, backend) }
        }
        // The list was set without the reference backend: it can always be asked.
        let reference = BLASBackend()
        if let result = ask(reference) { return (result, reference) }
        trap("Engine: no backend took an operation that the reference backend must take")
    }
}

/// What keeps the engine or a backend from being used, with the remedy.
public struct EngineError: Error, Sendable, CustomStringConvertible {
    public let description: String
    /// Whether the user asked for what cannot be had, as by an environment variable: a program ends then, rather than
    /// calculate with something else.
    public let isWrongSetting: Bool

    /// An error that `description` explains with the remedy; `isWrongSetting` as the property.
    public init(_ description: String, isWrongSetting: Bool = false) {
        self.description = description
        self.isWrongSetting = isWrongSetting
    }
}
