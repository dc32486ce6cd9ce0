import NNCore

/// The values of `body` on 1, 2 and 3 threads.
func onThreads<Value>(_ body: () throws -> Value) rethrows -> [Value] {
    try [1, 2, 3].map { try Engine.withThreads($0, body) }
}
