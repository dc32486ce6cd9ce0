import NNDatasets
@_spi(Internal) import NNInference
import NNLayers
import NNOptimizers
import Synchronization

/// Trains a network, with evaluation and checkpoints after each epoch.
///
/// ```swift
/// let trainer = Trainer(
///     network, loss: CrossEntropy(), optimizer: SGD(network.parameters, learningRate: 0.1, momentum: 0.9),
///     training: training, validation: validation)
/// let summary = try trainer.train()
/// ```
///
/// All random numbers are a function of the seed and the step, so a run that is resumed from a checkpoint gives the
/// same bits as one that was never interrupted.
public final class Trainer {
    /// The network to train.
    public let network: any Layer
    /// The training objective to minimize.
    public let loss: any Loss
    /// The optimizer of the network's parameters.
    public let optimizer: Optimizer
    /// The training samples.
    public let training: DataLoader
    /// The samples of evaluation; nil to select the best epoch by the training samples.
    public let validation: DataLoader?
    /// The settings of training.
    public let options: TrainingOptions
    /// The folder for checkpoints and records; nil to keep everything in memory.
    public let run: RunDirectory?
    /// The description of the data for checkpoints. The thresholds of several classes in an image are those of the last
    /// evaluation.
    public internal(set) var description: DataDescription
    /// What the logits mean.
    public let task: PredictionTask
    /// The observers of training, called in order.
    public var callbacks: [any TrainingCallback] = []

    /// The learning rate over the steps.
    public internal(set) var schedule: any Schedule
    /// The average of the weights that is evaluated in their place; nil if none is kept.
    public let average: ExponentialMovingAverage?
    /// The progress of training.
    public internal(set) var progress = TrainingProgress()

    /// The scores of the training samples since the last evaluation.
    var meter: ScoreMeter
    /// The duration of the steps since then.
    var timeSinceEvaluation = StepTime()
    /// Whether all scores that are watched are known to be measured.
    var hasProvenScoreNames = false
    var inputs = InputProof()
    /// Draws the first batch of a run; nil where none is to be drawn, or once it is.
    var batchSheet: AugmentedBatchSheet?
    var clock: TrainingClock
    /// Whether the last checkpoint is of the last step.
    var isSaved = false
    /// Nil before the first evaluation, when the score that selects the best checkpoint is known.
    var earlyStopping: EarlyStopping?
    /// What belongs to training with other processes; nil where this one trains alone.
    let ranks: Ranks?
    let recovery: RecoveryPoint?
    /// The modules of the network, found once.
    lazy var tree = ModuleTree(network)

    /// A trainer of a network, from its current parameters.
    /// - Parameters:
    ///   - network: Computes logits of images `[N, H, W, C]`. Its parameters must be initialized.
    ///   - loss: The training objective to minimize.
    ///   - optimizer: The optimizer of the network's parameters.
    ///   - schedule: The learning rate over the steps; nil, the default, for the schedule of the optimizer.
    ///   - training: The training samples.
    ///   - validation: The samples of evaluation; none by default.
    ///   - metrics: The metrics of training and validation samples besides the loss; none by default.
    ///   - options: The settings of training.
    ///   - description: The description of the data for checkpoints.
    ///   - run: The folder for checkpoints and records; nil, the default, to keep everything in memory.
    ///   - task: What the logits mean; by default the task of the head of a `Network`, or else classification.
    ///   - group: The processes that train together, of which each has its part of the loaders' samples; nil, the default,
    ///     to train alone. Rank 0 alone has a run folder and callbacks, which observe and stop but change nothing.
    public init(
        _ network: any Layer, loss: any Loss, optimizer: Optimizer, schedule: (any Schedule)? = nil,
        training: DataLoader, validation: DataLoader? = nil, metrics: [any Metric] = [],
        options: TrainingOptions = TrainingOptions(), description: DataDescription = DataDescription(),
        run: RunDirectory? = nil, task: PredictionTask? = nil, group: (any ProcessGroup)? = nil
    ) {
        self.task = task ?? (network as? Network)?.head.task ?? .classification
        self.network = network
        self.loss = loss
        self.optimizer = optimizer
        self.schedule = schedule ?? optimizer.schedule
        self.training = training
        self.validation = validation
        self.options = options
        self.description = description
        self.run = run
        average = options.averageDecay.map { ExponentialMovingAverage(of: network, decay: $0) }
        meter = ScoreMeter(metrics, task: self.task)
        clock = TrainingClock(options)
        ranks = group.flatMap { $0.count > 1 ? Ranks($0, options.distributed) : nil }
        recovery = ranks.map { _ in RecoveryPoint() }
        if let run { callbacks.append(RunRecorder(run)) }
    }

    /// The number of steps in a whole epoch.
    public var stepsPerEpoch: Int { options.stepsPerEpoch(batchCount: training.count) }

    /// The number of steps of the whole training.
    public var stepCount: Int { options.stepCount(stepsPerEpoch: stepsPerEpoch) }

    /// The number of epochs of the whole training, of which the last one may be cut short by ``TrainingOptions/iterations``.
    public var epochCount: Int { options.epochCount(stepsPerEpoch: stepsPerEpoch) }

    /// Trains to the end, from the beginning or from the restored checkpoint.
    ///
    /// - Parameter interruption: A request to save a checkpoint and stop after the current step.
    /// - Throws: ``TrainingError`` if training diverges, ``CheckpointError`` if a checkpoint cannot be saved,
    ///   `ImageError` for a sample that cannot be read, and the errors of callbacks.
    @discardableResult
    public func train(until interruption: Interruption = Interruption()) throws -> TrainingSummary {
        let start = ContinuousClock.now
        var time = StepTime()
        clock = TrainingClock(options)
        options.freezing.apply(to: network, epoch: progress.epoch + 1)
        ranks?.requests = []
        keepRecoveryPoint()
        for callback in callbacks { try callback.didStart(self) }
        let ending = try Engine.$winograd.withValue(options.winograd ?? Engine.winograd) {
            try Engine.$fastFloat32.withValue(options.fastFloat32 ?? Engine.fastFloat32) {
                try trainEpochs(until: interruption, time: &time)
            }
        }
        let summary = TrainingSummary(
            ending: ending, progress: progress, parameterCount: network.parameterCount.parameters,
            seconds: (ContinuousClock.now - start) / .seconds(1), trainingTime: time,
            peakMemory: Allocator.shared.statistics.peak, peakProcessMemory: SystemMemory.peakOfProcess)
        for callback in callbacks { try callback.didEnd(summary, of: self) }
        return summary
    }

    /// Tells the observers of trouble that training survives: `nn train` prints it, and logs it in the run folder.
    /// - Parameter message: One line, with what is lost and what to do.
    public func warn(_ message: String) {
        for callback in callbacks { callback.didWarn(message, of: self) }
    }

    private func trainEpochs(
        until interruption: Interruption, time: inout StepTime
    ) throws -> TrainingSummary.Ending {
        do {
            // A checkpoint may be from before an evaluation that was due.
            if try isEvaluationPending() { try evaluate(until: interruption) }
            while !isAtEnd {
                try releaseParts()
                try trainEpoch(until: interruption, time: &time)
            }
        } catch let stop as StopRequest {
            if !isSaved { try save(.last) }
            return stop.ending
        }
        return progress.step >= stepCount ? .completed : .stoppedEarly
    }

    /// Whether no step follows.
    var isAtEnd: Bool { progress.step >= stepCount || earlyStopping?.isExhausted ?? false }

    /// Whether an evaluation is due before the first step, which rank 0 says to the others.
    private func isEvaluationPending() throws -> Bool {
        guard let ranks else { return isEvaluationDue }
        return try ranks.group.sum([ranks.group.isFirst && isEvaluationDue ? 1 : 0])[0] > 0
    }

    /// Whether to evaluate before the next step.
    var isEvaluationDue: Bool { isEvaluationDue(after: progress) }

    /// Whether to evaluate after some progress.
    func isEvaluationDue(after progress: TrainingProgress) -> Bool {
        progress.step >= stepCount && progress.step > progress.evaluatedStep || clock.isEvaluationDue(after: progress)
    }

    /// Unfreezes the parts that are trained from this epoch on.
    private func releaseParts() throws {
        let patterns = options.freezing.patterns(releasedIn: progress.epoch + 1)
        guard progress.stepInEpoch == 0, !patterns.isEmpty else { return }
        options.freezing.apply(to: network, epoch: progress.epoch + 1)
        for callback in callbacks { try callback.didUnfreeze(patterns, of: self) }
    }

    /// The request of a callback or of another thread to stop now.
    func stopRequest(_ interruption: Interruption) -> StopRequest? {
        if interruption.isRequested { return StopRequest(ending: .interrupted) }
        if callbacks.contains(where: \.shouldStop) { return StopRequest(ending: .stoppedByCallback) }
        return clock.isTimeUp ? StopRequest(ending: .outOfTime) : nil
    }
}

/// Thrown to leave an unfinished epoch.
struct StopRequest: Error {
    let ending: TrainingSummary.Ending
}

/// A request to stop training after the current step, made by another thread or by a signal handler.
///
/// ```swift
/// let interruption = Interruption()
/// signalSource.setEventHandler { interruption.request() }
/// let result = try trainer.train(until: interruption)
/// ```
public final class Interruption: Sendable {
    private let flag = Atomic(false)

    /// No request yet.
    public init() {}

    /// Requests the stop. Safe in a signal handler, since it only stores a flag.
    public func request() { flag.store(true, ordering: .relaxed) }

    /// Whether a stop was requested.
    public var isRequested: Bool { flag.load(ordering: .relaxed) }
}

/// Training that cannot begin or continue.
public struct TrainingError: Error, Sendable, CustomStringConvertible {
    /// What happened.
    public let reason: String
    /// What to do about it.
    public let remedy: String
    /// Whether values are not finite any more.
    var isDivergence = false

    /// An error with its remedy.
    @_spi(Internal) public init(_ reason: String, remedy: String) {
        self.reason = reason
        self.remedy = remedy
    }

    /// `reason; remedy`
    public var description: String { "\(reason); \(remedy)" }
}
