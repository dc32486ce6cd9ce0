import Foundation
import NNLayers

@testable import NNTraining

/// Runs a body for each rank of a group, each on a thread of its own, and returns the results by rank.
func runRanks<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (ThreadGroup) throws -> Result
) -> [Swift.Result<Result, any Error>] {
    nonisolated(unsafe) var results = [Swift.Result<Result, any Error>?](repeating: nil, count: count)
    let lock = NSLock()
    let done = DispatchGroup()
    for group in ThreadGroup.make(count: count) {
        done.enter()
        let thread = Thread {
            let result = Swift.Result { try Engine.withThreads(1) { try body(group) } }
            lock.withLock { results[group.rank] = result }
            done.leave()
        }
        thread.stackSize = 8 << 20
        thread.start()
    }
    done.wait()
    return results.map { $0! }
}

/// What a rank has at the end of training.
struct RankResult: Sendable {
    var summary: TrainingSummary
    var weights: StateDictionary

    init(_ trainer: Trainer, _ summary: TrainingSummary) {
        self.summary = summary
        weights = trainer.network.stateDictionary
    }

    /// The largest difference of a weight or statistic from that of another result, relative to the largest of its tensor.
    func difference(from other: RankResult) -> (name: String, value: Float) {
        var worst = (name: "", value: Float(0))
        for (mine, theirs) in zip(weights.entries, other.weights.entries) {
            let (values, others) = (mine.tensor.cast(to: .float32).floats, theirs.tensor.cast(to: .float32).floats)
            let size = others.reduce(0.001) { max($0, abs($1)) }
            let difference = zip(values, others).reduce(0) { max($0, abs($1.0 - $1.1)) } / size
            if !(difference <= worst.value) { worst = (mine.name, difference) }
        }
        return worst
    }
}
