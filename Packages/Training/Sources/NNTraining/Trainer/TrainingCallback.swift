import NNLayers

/// An observer of training, which may also stop it.
///
/// All methods have empty defaults. They are called between steps on the training thread, so they may
/// access the trainer and its network; an error that they throw ends training.
///
/// Registered as a component of kind `callback`, an observer can be named in `training.callbacks` of a
/// configuration, and `nn models list` shows it.
///
/// ```swift
/// final class StopAtAccuracy: TrainingCallback {
///     func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) {
///         isReached = (epoch["validation_top1"] ?? 0) > 99
///     }
///
///     var isReached = false
///     var shouldStop: Bool { isReached }
/// }
/// ```
public protocol TrainingCallback: AnyObject {
    /// Called when training begins or is resumed.
    func didStart(_ trainer: Trainer) throws

    /// Called before an epoch in which parts of the network are unfrozen.
    /// - Parameter patterns: The patterns of ``Freezing`` that match these parts.
    func didUnfreeze(_ patterns: [String], of trainer: Trainer) throws

    /// Called in each step when its gradients are computed, before they are clipped and the parameters updated.
    ///
    /// An observer that keeps the gradients costs a copy of them; `Parameter.gradient(in:)` finds that of a parameter.
    /// - Parameters:
    ///   - gradients: The sums over the batches of the step.
    ///   - batchCount: The number of these batches, by which the sums are divided for the update.
    func didCompute(_ gradients: Gradients, batchCount: Int, of trainer: Trainer) throws

    /// Called after each step.
    func didFinishStep(_ step: StepRecord, of trainer: Trainer) throws

    /// Called after an epoch was trained and evaluated, and its best checkpoint was saved; with
    /// `TrainingOptions.validationInterval`, after each evaluation.
    func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) throws

    /// Called after a checkpoint was saved in the run folder.
    func didSave(_ checkpoint: RunDirectory.CheckpointName, of trainer: Trainer) throws

    /// Called for trouble of an observer that training survives, as of a full disk; `Trainer.warn(_:)` tells of it.
    func didWarn(_ message: String, of trainer: Trainer)

    /// Called when training ended without an error.
    func didEnd(_ summary: TrainingSummary, of trainer: Trainer) throws

    /// Whether training is to stop; queried after each step.
    var shouldStop: Bool { get }
}

extension TrainingCallback {
    public func didStart(_ trainer: Trainer) throws {}
    public func didUnfreeze(_ patterns: [String], of trainer: Trainer) throws {}
    public func didCompute(_ gradients: Gradients, batchCount: Int, of trainer: Trainer) throws {}
    public func didFinishStep(_ step: StepRecord, of trainer: Trainer) throws {}
    public func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) throws {}
    public func didSave(_ checkpoint: RunDirectory.CheckpointName, of trainer: Trainer) throws {}
    public func didWarn(_ message: String, of trainer: Trainer) {}
    public func didEnd(_ summary: TrainingSummary, of trainer: Trainer) throws {}
    public var shouldStop: Bool { false }
}

extension ComponentKind<Void, any TrainingCallback> {
    /// Observers of training.
    public static var callback: Self { Self("callback") }
}
