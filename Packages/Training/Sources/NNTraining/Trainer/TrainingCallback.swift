import NNLayers

/// Is told how training goes on, and may end it.
///
/// All methods have empty defaults. They are called on the thread that trains, between its steps, so
/// they may look at the trainer and its network; what they throw ends training.
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
    /// Training begins, at the start or where it is resumed.
    func didStart(_ trainer: Trainer) throws

    /// An epoch begins that trains parts which were frozen before it.
    /// - Parameter patterns: Those of ``Freezing`` that match these parts.
    func didUnfreeze(_ patterns: [String], of trainer: Trainer) throws

    /// The parameters were changed.
    func didFinishStep(_ step: StepRecord, of trainer: Trainer) throws

    /// The epoch was trained and evaluated, and checkpoints are saved.
    func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) throws

    /// Training ended, other than by an error.
    func didEnd(_ summary: TrainingSummary, of trainer: Trainer) throws

    /// Whether training is to end; asked after each step.
    var shouldStop: Bool { get }
}

extension TrainingCallback {
    public func didStart(_ trainer: Trainer) throws {}
    public func didUnfreeze(_ patterns: [String], of trainer: Trainer) throws {}
    public func didFinishStep(_ step: StepRecord, of trainer: Trainer) throws {}
    public func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) throws {}
    public func didEnd(_ summary: TrainingSummary, of trainer: Trainer) throws {}
    public var shouldStop: Bool { false }
}

extension ComponentKind<Void, any TrainingCallback> {
    /// Observers of training.
    public static var callback: Self { Self("callback") }
}
