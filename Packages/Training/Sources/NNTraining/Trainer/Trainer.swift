import NNDatasets
import NNLayers
import NNOptimizers
import Synchronization

/// Trains a network: steps, epochs, evaluation, checkpoints.
///
/// ```swift
/// let trainer = Trainer(
///     network, loss: CrossEntropy(), optimizer: SGD(network.parameters, learningRate: 0.1, momentum: 0.9),
///     training: training, validation: validation)
/// let summary = try trainer.train()
/// ```
///
/// All random numbers follow from the seed and the number of the step, so a run that is resumed from a
/// checkpoint ends with the same bits as one that was never interrupted.
public final class Trainer {
    public let network: any Layer
    public let loss: any Loss
    public let optimizer: Optimizer
    public let training: DataLoader
    /// What the network is evaluated on after each epoch; nil to judge it by the training samples.
    public let validation: DataLoader?
    public let options: TrainingOptions
    /// The folder for checkpoints and records; nil to keep everything in memory.
    public let run: RunDirectory?
    /// What checkpoints shall say of the data.
    public let description: DataDescription
    public var callbacks: [any TrainingCallback] = []

    /// The learning rate of each step.
    public internal(set) var schedule: any Schedule
    /// The average of the weights that is evaluated in their place.
    public let average: ExponentialMovingAverage?
    /// How far training has come.
    public internal(set) var progress = TrainingProgress()

    /// What is measured of the present epoch's training samples.
    var meter: ScoreMeter
    var inputs = InputProof()
    /// Begins when it is known what the run is judged by: after the first epoch.
    var earlyStopping: EarlyStopping?

    /// - Parameters:
    ///   - network: Makes logits of images `[N, H, W, 3]`; its parameters have values.
    ///   - schedule: The learning rate of each step; by default the schedule of the optimizer.
    ///   - metrics: What is measured of training and validation samples besides the loss.
    public init(
        _ network: any Layer, loss: any Loss, optimizer: Optimizer, schedule: (any Schedule)? = nil,
        training: DataLoader, validation: DataLoader? = nil, metrics: [any Metric] = [],
        options: TrainingOptions = TrainingOptions(), description: DataDescription = DataDescription(),
        run: RunDirectory? = nil
    ) {
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
        meter = ScoreMeter(metrics)
        if let run { callbacks.append(RunRecorder(run)) }
    }

    /// The number of steps in an epoch.
    public var stepsPerEpoch: Int { options.stepsPerEpoch(batchCount: training.count) }

    /// Trains to the end, from the beginning or from the checkpoint that was restored.
    ///
    /// - Parameter interruption: A request to stop after the present step; a checkpoint is saved then.
    /// - Throws: ``TrainingError`` if the loss is not finite any more, ``CheckpointError`` if a checkpoint
    ///   cannot be saved, `ImageError` for a sample that cannot be read, and what callbacks throw.
    @discardableResult
    public func train(until interruption: Interruption = Interruption()) throws -> TrainingSummary {
        let start = ContinuousClock.now
        var time = StepTime()
        options.freezing.apply(to: network, epoch: progress.epoch + 1)
        for callback in callbacks { try callback.didStart(self) }
        let ending = try trainEpochs(until: interruption, time: &time)
        let summary = TrainingSummary(
            ending: ending, progress: progress, parameterCount: network.parameterCount.parameters,
            seconds: start.secondsToNow, trainingTime: time, peakMemory: Allocator.shared.statistics.peak)
        for callback in callbacks { try callback.didEnd(summary, of: self) }
        return summary
    }

    private func trainEpochs(
        until interruption: Interruption, time: inout StepTime
    ) throws -> TrainingSummary.Ending {
        while progress.epoch < options.epochs {
            // A run that is resumed may have been at its end already.
            if isStoppedEarly { return .stoppedEarly }
            try releaseParts()
            do {
                let epochTime = try trainEpoch(until: interruption)
                time += epochTime
                try finishEpoch(time: epochTime, until: interruption)
            } catch let stop as StopRequest {
                try save(.last)
                return stop.ending
            }
            let isAtEnd = progress.epoch == options.epochs || isStoppedEarly
            if !isAtEnd, let stop = stopRequest(interruption) { return stop.ending }
        }
        return .completed
    }

    private var isStoppedEarly: Bool { earlyStopping?.isExhausted ?? false }

    /// Lets training change what is trained from this epoch on.
    private func releaseParts() throws {
        let patterns = options.freezing.patterns(releasedIn: progress.epoch + 1)
        guard progress.stepInEpoch == 0, !patterns.isEmpty else { return }
        options.freezing.apply(to: network, epoch: progress.epoch + 1)
        for callback in callbacks { try callback.didUnfreeze(patterns, of: self) }
    }

    /// Whether a callback or somebody from outside wants training to end now.
    func stopRequest(_ interruption: Interruption) -> StopRequest? {
        if interruption.isRequested { return StopRequest(ending: .interrupted) }
        return callbacks.contains(where: \.shouldStop) ? StopRequest(ending: .stoppedByCallback) : nil
    }
}

/// Leaves an epoch that is not complete.
struct StopRequest: Error {
    let ending: TrainingSummary.Ending
}

extension ContinuousClock.Instant {
    var secondsToNow: Double {
        let duration = ContinuousClock.now - self
        return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }
}

/// A request to stop training after the present step, set from elsewhere: another thread, or the
/// handler of a signal such as Ctrl-C.
///
/// ```swift
/// let interruption = Interruption()
/// signalSource.setEventHandler { interruption.request() }
/// let result = try trainer.train(until: interruption)
/// ```
public final class Interruption: Sendable {
    private let flag = Atomic(false)

    public init() {}

    /// Asks for the stop. Safe in a signal handler: it only stores a flag.
    public func request() { flag.store(true, ordering: .relaxed) }

    public var isRequested: Bool { flag.load(ordering: .relaxed) }
}

/// Training that cannot begin or go on.
public struct TrainingError: Error, Sendable, CustomStringConvertible {
    /// What happened.
    public let reason: String
    /// What to do about it.
    public let remedy: String

    public init(_ reason: String, remedy: String) {
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "\(reason); \(remedy)" }
}
