import NNInference

/// The record of a finished step.
public struct StepRecord: Sendable {
    /// The number of the step in the run, from 1.
    public var step: Int
    /// The number of the epoch, from 1.
    public var epoch: Int
    /// The number of the step in its epoch, from 1.
    public var stepInEpoch: Int
    /// The number of steps that are trained in the epoch.
    public var stepsInEpoch: Int
    /// The mean loss of the step's batches.
    public var loss: Double
    /// The learning rate of the step.
    public var learningRate: Double
    /// The norm of the gradients before clipping; nil without clipping by norm.
    public var gradientNorm: Double?
    /// What was counted of the training samples since the last evaluation.
    let meter: ScoreMeter
    /// The scores of the training samples since the last evaluation: `loss`, `top1`. They are calculated when they are asked
    /// for.
    public var runningScores: [MetricValue] { meter.trainingScores }
    /// The duration of the step.
    public var time: StepTime
    /// Whether the network is evaluated now.
    public var precedesEvaluation: Bool
}

/// The duration of one step or several.
public struct StepTime: Sendable, Codable, Equatable {
    /// Seconds in total.
    public var total = 0.0
    /// Seconds of the total that were spent waiting for the loader.
    public var waitingForData = 0.0
    /// The number of samples that were trained on; of several processes those of all of them together.
    public var sampleCount = 0
    /// How long gradients were exchanged with other processes; nil where one trains alone.
    public var exchange: ExchangeTime?

    /// No time yet.
    init() {}

    /// The throughput in samples per second; 0 before the first step.
    public var samplesPerSecond: Double { total > 0 ? Double(sampleCount) / total : 0 }

    static func += (left: inout StepTime, right: StepTime) {
        left.total += right.total
        left.waitingForData += right.waitingForData
        left.sampleCount += right.sampleCount
        guard let more = right.exchange else { return }
        var exchange = left.exchange ?? ExchangeTime()
        exchange.total += more.total
        exchange.waiting += more.waiting
        left.exchange = exchange
    }
}

/// The record of a finished epoch, or of the part of training between two evaluations.
public struct EpochRecord: Sendable, Codable {
    /// The number of the epoch of the last step, from 1.
    public var epoch: Int
    /// The number of that step in its epoch, from 1.
    public var stepInEpoch: Int
    /// The number of steps that are trained in the epoch.
    public var stepsInEpoch: Int
    /// The number of finished steps of the run.
    public var step: Int
    /// The learning rate of the last step.
    public var learningRate: Double
    /// The scores with their splits: `train_loss`, `validation_top1`.
    public var scores: [MetricValue]
    /// Whether the epoch has the best score so far.
    public var isBest: Bool
    /// The duration of the training steps since the last evaluation, or since training was resumed.
    public var trainingTime: StepTime
    /// The duration of the evaluation in seconds.
    public var evaluationSeconds: Double

    /// The value of a score such as `validation_top1`; nil if it was not measured.
    public subscript(name: String) -> Double? { scores.first { $0.name == name }?.value }
}

/// The result of training.
public struct TrainingSummary: Sendable, Codable {
    /// Why training ended.
    public enum Ending: String, Sendable, Codable {
        /// All steps are finished.
        case completed
        /// The score that selects the best checkpoint stopped improving.
        case stoppedEarly = "stopped_early"
        /// A callback requested it.
        case stoppedByCallback = "stopped_by_callback"
        /// It had the time that it may take, and can be resumed.
        case outOfTime = "out_of_time"
        /// It was interrupted, and can be resumed.
        case interrupted

        /// Whether training has only paused.
        public var isPause: Bool { self == .interrupted || self == .outOfTime }
    }

    /// Why training ended.
    public var ending: Ending
    /// The progress at the end.
    public var progress: TrainingProgress
    /// The number of trainable and frozen parameters.
    public var parameterCount: Int
    /// Seconds since training began or was resumed.
    public var seconds: Double
    /// The duration of the training steps since then.
    public var trainingTime: StepTime
    /// The peak memory of tensors in bytes.
    public var peakMemory: Int
    /// The peak memory of the process in bytes; nil where the system does not tell, and in runs of earlier versions.
    public var peakProcessMemory: Int?
}

/// The progress of training, with its scores.
public struct TrainingProgress: Sendable, Codable, Hashable {
    /// The number of finished epochs.
    public var epoch = 0
    /// The number of finished steps in the current epoch.
    public var stepInEpoch = 0
    /// The number of finished steps in total.
    public var step = 0
    /// The number of finished steps at the last evaluation.
    public var evaluatedStep = 0
    /// The number of the epoch of that evaluation, from 1; 0 before the first.
    public var evaluatedEpoch = 0
    /// The best value of the score that selects the best checkpoint; nil before the first evaluation.
    public var best: BestTracker?
    /// The scores of the last evaluation.
    public var scores: [MetricValue] = []

    /// Training that has not begun.
    init() {}

    /// Reads the progress of a checkpoint. Those of earlier versions have no evaluation within an epoch.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        epoch = try values.decode(Int.self, forKey: .epoch)
        stepInEpoch = try values.decode(Int.self, forKey: .stepInEpoch)
        step = try values.decode(Int.self, forKey: .step)
        evaluatedStep = try values.decodeIfPresent(Int.self, forKey: .evaluatedStep) ?? step - stepInEpoch
        evaluatedEpoch = try values.decodeIfPresent(Int.self, forKey: .evaluatedEpoch) ?? epoch
        best = try values.decodeIfPresent(BestTracker.self, forKey: .best)
        scores = try values.decode([MetricValue].self, forKey: .scores)
    }

    /// Counts a step.
    mutating func advance(stepsPerEpoch: Int) {
        step += 1
        stepInEpoch += 1
        beginEpoch(stepsPerEpoch: stepsPerEpoch)
    }

    /// Begins the next epoch after the last step of one.
    mutating func beginEpoch(stepsPerEpoch: Int) {
        guard stepInEpoch == stepsPerEpoch else { return }
        epoch += 1
        stepInEpoch = 0
    }
}
