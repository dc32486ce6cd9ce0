import CNNKernels

extension Engine {
    /// Calls `body` for parts of `0 ..< count` on the engine's threads, and returns when all are done.
    ///
    /// - Parameter grain: The fewest items that are worth a thread of their own.
    public static func parallel(_ count: Int, grain: Int = 1, _ body: @escaping @Sendable (Range<Int>) -> Void) {
        // The box outlives the call, which waits for all parts.
        let box = Box(body)
        withExtendedLifetime(box) {
            let context = Unmanaged.passUnretained(box).toOpaque()
            nn_parallel_for(Int64(count), Int64(grain), context) { context, begin, end in
                Unmanaged<Box>.fromOpaque(context!).takeUnretainedValue().body(Int(begin)..<Int(end))
            }
        }
    }
}

private final class Box: Sendable {
    let body: @Sendable (Range<Int>) -> Void
    init(_ body: @escaping @Sendable (Range<Int>) -> Void) { self.body = body }
}
