import Dispatch
import Foundation
import Synchronization

/// Goes through samples on several threads.
enum ParallelScan {
    /// Calls `body` once for each number below `count`, in no certain order, and waits for all.
    /// - Parameter progress: is called after each with the number of those that are done.
    static func run(
        count: Int, threads: Int, progress: @Sendable (Int) -> Void = { _ in }, body: @Sendable (Int) -> Void
    ) {
        let next = Atomic(0)
        let done = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: max(min(threads, count), 1)) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                body(index)
                progress(done.add(1, ordering: .relaxed).newValue)
            }
        }
    }
}
