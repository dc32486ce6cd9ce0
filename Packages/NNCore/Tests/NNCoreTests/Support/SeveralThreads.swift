import CNNKernels
import NNCore
import Synchronization
import Testing

/// Runs each test of a suite with the kernels on 1, 2 and 3 threads, and divides even the least work among them, so that
/// cases of a few elements take the ways of large ones. Every tensor that `expectClose` sees must have the same
/// bits in all runs.
///
/// The number is the process' one, since nobody promises on which thread a test runs: tests that run beside it may
/// see it too, and must give the same on any.
struct SeveralThreads: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true
    /// False where sums belong to a library that promises nothing of their order.
    let hasSameBits: Bool

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let before = nn_thread_count()
        nn_divide_all_work(true)
        defer {
            nn_divide_all_work(false)
            nn_set_thread_count(before)
        }
        let results = SeenResults()
        for count in 1...3 {
            nn_set_thread_count(Int32(count))
            results.beginRun()
            try await SeenResults.$current.withValue(hasSameBits ? results : nil) { try await function() }
        }
    }
}

extension Trait where Self == SeveralThreads {
    /// The tests run on 1, 2 and 3 threads of the kernels, and give the same bits.
    static var onSeveralThreads: Self { Self(hasSameBits: true) }

    /// The tests run on 1, 2 and 3 threads of the kernels and of libraries that promise nothing of the order of sums.
    static var onSeveralThreadsOfLibraries: Self { Self(hasSameBits: false) }
}

/// The tensors that the runs of one test gave, in their order.
final class SeenResults: Sendable {
    @TaskLocal static var current: SeenResults?

    private struct State {
        var seen: [[UInt8]] = []
        var position = 0
        var runs = 0
    }

    private let state = Mutex(State())

    func beginRun() {
        state.withLock {
            $0.runs += 1
            $0.position = 0
        }
    }

    /// Whether the same test gave these bits in the same place of its first run.
    func agrees(_ tensor: Tensor) -> Bool {
        let bytes = tensor.withUnsafeBytes { Array($0) }
        return state.withLock { state in
            defer { state.position += 1 }
            if state.runs == 1 {
                state.seen.append(bytes)
                return true
            }
            return state.position < state.seen.count && state.seen[state.position] == bytes
        }
    }
}
