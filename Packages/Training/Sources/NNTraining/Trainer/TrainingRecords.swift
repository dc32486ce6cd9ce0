/// What is known of a step when it is done.
public struct StepRecord: Sendable {
    /// The number of the step in the run, from 1.
    public var step: Int
    /// The epoch that it is part of, from 1.
    public var epoch: Int
    /// The number of the step in its epoch, from 1.
    public var stepInEpoch: Int
    public var stepsInEpoch: Int
    /// The mean loss of the step's batches.
    public var loss: Double
    public var learningRate: Double
    /// The norm of the gradients before clipping; nil where clipping has no norm.
    public var gradientNorm: Double?
    /// What was measured of the epoch's training samples so far: `loss`, `top1`.
    public var runningScores: [MetricValue]
    public var time: StepTime
}

/// Where the time of a step, or of many, went.
public struct StepTime: Sendable, Codable, Equatable {
    /// Seconds in all.
    public var total = 0.0
    /// Seconds of it in which the engine waited for the loader.
    public var waitingForData = 0.0
    /// How many samples were trained on in this time.
    public var sampleCount = 0

    public init() {}

    public var samplesPerSecond: Double { total > 0 ? Double(sampleCount) / total : 0 }

    static func += (left: inout StepTime, right: StepTime) {
        left.total += right.total
        left.waitingForData += right.waitingForData
        left.sampleCount += right.sampleCount
    }
}

/// What is known of an epoch when it is done.
public struct EpochRecord: Sendable, Codable {
    /// The number of the epoch, from 1.
    public var epoch: Int
    /// How many steps are done in the run.
    public var step: Int
    /// The learning rate of the last step.
    public var learningRate: Double
    /// What was measured: `train_loss`, `validation_top1`.
    public var scores: [MetricValue]
    /// Whether the epoch has the best score so far.
    public var isBest: Bool
    /// The time of the training steps; after a resumption, of those since then.
    public var trainingTime: StepTime
    /// Seconds that the evaluation took.
    public var evaluationSeconds: Double

    /// The value of a score.
    public subscript(name: String) -> Double? { scores.first { $0.name == name }?.value }
}

/// How training ended.
public struct TrainingSummary: Sendable, Codable {
    /// Why training ended.
    public enum Ending: String, Sendable, Codable {
        /// All epochs are done.
        case completed
        /// What was measured had stopped improving.
        case stoppedEarly = "stopped_early"
        /// A callback asked for it.
        case stoppedByCallback = "stopped_by_callback"
        /// It was asked for from outside; training can be resumed.
        case interrupted
    }

    public var ending: Ending
    public var progress: TrainingProgress
    /// Trainable and frozen parameters.
    public var parameterCount: Int
    /// Seconds since training began or was resumed.
    public var seconds: Double
    /// The time of the training steps since then.
    public var trainingTime: StepTime
    /// The most bytes that tensors took.
    public var peakMemory: Int
}

/// How far training has come, and with what success.
public struct TrainingProgress: Sendable, Codable, Hashable {
    /// How many epochs are complete.
    public var epoch = 0
    /// How many steps of the epoch that follows them are done.
    public var stepInEpoch = 0
    /// How many steps are done in all.
    public var step = 0
    /// The best of the scores that the run is judged by; nil before the first epoch is complete.
    public var best: BestTracker?
    /// What was measured at the end of the last complete epoch.
    public var scores: [MetricValue] = []

    public init() {}
}
