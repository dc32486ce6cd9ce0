import Foundation
import NNLayers

/// What a run can be saved as at any moment, also from another thread while the training thread waits for ranks that will
/// never answer: the state after the last complete step.
///
/// In a step nothing but running statistics changes before the update, so they are all that is kept of the state before
/// it; while averaged weights are evaluated in place of the trained ones, a whole checkpoint is.
final class RecoveryPoint: @unchecked Sendable {
    // Sendable: all mutable state is guarded by `lock`.
    private let lock = NSRecursiveLock()
    private var buffers: [(name: String, tensor: Tensor)] = []
    private var checkpoint: Checkpoint?

    /// Runs what changes the state of the run, or writes it.
    func change<Result>(_ body: () throws -> Result) rethrows -> Result { try lock.withLock(body) }

    /// Keeps the statistics after a complete step.
    func keep(_ buffers: [(name: String, tensor: Tensor)]) { lock.withLock { self.buffers = buffers } }

    /// Runs a part in which weights are not those of the run, which are in `checkpoint`.
    func keeping<Result>(_ checkpoint: Checkpoint, _ body: () throws -> Result) rethrows -> Result {
        lock.withLock { self.checkpoint = checkpoint }
        defer { lock.withLock { self.checkpoint = nil } }
        return try body()
    }

    /// The state after the last complete step.
    /// - Parameter current: Makes a checkpoint of the state as it is.
    func checkpoint(_ current: () throws -> Checkpoint) rethrows -> Checkpoint {
        if let checkpoint { return checkpoint }
        var result = try current()
        let kept = Dictionary(uniqueKeysWithValues: buffers.map { ($0.name, $0.tensor) })
        result.weights = StateDictionary(
            result.weights.entries.map { .init(name: $0.name, tensor: kept[$0.name] ?? $0.tensor) })
        return result
    }
}

extension Trainer {
    /// Keeps what the next step changes before its update.
    func keepRecoveryPoint() { recovery?.keep(tree.buffers.map { ($0.name, $0.buffer.wrappedValue) }) }

    /// Saves the state after the last complete step as `last`, when training with other ranks cannot go on. Any thread may
    /// call it while another trains.
    ///
    /// Within an epoch the scores of its training samples so far are not saved, since other ranks have a part of them; and
    /// running statistics are those of this rank.
    /// - Returns: The number of that step; nil where there is nothing to save, nor a folder for it.
    /// - Throws: ``CheckpointError`` or ``RunError`` if it cannot be written.
    @discardableResult
    @_spi(Internal) public func saveLastCompleteStep() throws -> Int? {
        guard let run, let recovery else { return nil }
        return try recovery.change {
            guard progress.step > 0 else { return nil }
            var checkpoint = try recovery.checkpoint { try makeCheckpoint() }
            let saved = checkpoint.information.progress
            if saved.step > saved.evaluatedStep, ranks?.hasSharedMeter != true {
                checkpoint.information.counts = nil
            }
            try checkpoint.write(to: run.url(of: .last))
            return checkpoint.information.progress.step
        }
    }
}
