import Foundation
import NNDatasets
import NNLayers
import NNOptimizers

/// Finds a learning rate by a short training whose rate rises in equal ratios (Smith 2017, section 3.3), with the smoothed
/// loss and the suggestions of fastai.
///
/// ```swift
/// let test = try LearningRateFinder().run(
///     network, loss: CrossEntropy(), optimizer: SGD(network.parameters, learningRate: 0.1), training: training)
/// print(test.valley ?? .nan)
/// ```
public struct LearningRateFinder: Sendable {
    /// The rate of the first step.
    public let lowest: Double
    /// The rate of the last step.
    public let highest: Double
    /// The number of steps.
    public let steps: Int
    /// The part of the smoothed loss that each step keeps.
    public static let smoothing = 0.98
    /// The test ends where the smoothed loss is so many times the best.
    public static let limit = 4.0

    /// A test from 1e-7 to 10 in 100 steps by default.
    /// - Parameters:
    ///   - lowest: The rate of the first step; positive.
    ///   - highest: The rate of the last step; larger, and at most 1e6.
    ///   - steps: The number of steps; from 10 to 10,000.
    public init(from lowest: Double = 1e-7, to highest: Double = 10, steps: Int = 100) {
        requireOptions("LearningRateFinder") { try Self.check(from: lowest, to: highest, steps: steps) }
        self.lowest = lowest
        self.highest = highest
        self.steps = steps
    }

    /// Checks what ``init(from:to:steps:)`` requires.
    /// - Throws: `OptionError` for the first value that is out of range.
    public static func check(from lowest: Double, to highest: Double, steps: Int) throws(OptionError) {
        if !(lowest >= 1e-30 && lowest.isFinite) { throw OptionError("from", "must be 1e-30 or more, not \(lowest)") }
        if !(highest > lowest) {
            throw OptionError("to", "must be more than the lowest rate \(lowest), not \(highest)")
        }
        if highest > 1e6 { throw OptionError("to", "must be at most 1e6, not \(highest)") }
        if !(10...10_000).contains(steps) {
            throw OptionError("steps", "must be from 10 to 10000, not \(steps): fewer show no curve")
        }
    }

    /// The rate of a step, counted from 0.
    public func rate(at step: Int) -> Double {
        lowest * pow(highest / lowest, Double(min(step, steps - 1)) / Double(steps - 1))
    }

    /// Trains a network that is already initialized, and puts its values and those of the optimizer back.
    ///
    /// The data repeats where an epoch is shorter than the test. Frozen parts stay frozen, and nothing is evaluated.
    /// - Parameters:
    ///   - network: Computes logits of images `[N, H, W, C]`.
    ///   - loss: The training objective to minimize.
    ///   - optimizer: The optimizer of the network's parameters; its schedule is not used.
    ///   - training: The training samples.
    ///   - options: The settings of training; precision, seed, clipping, accumulation and freezing count.
    ///   - task: What the logits mean; by default the task of the head of a `Network`, or else classification.
    ///   - interruption: A request to stop after the current step.
    ///   - progress: Called after each step.
    /// - Throws: ``TrainingError`` where the loss is not finite within the first ten steps, and errors of the data.
    public func run(
        _ network: any Layer, loss: any Loss, optimizer: Optimizer, training: DataLoader,
        options: TrainingOptions = TrainingOptions(), task: PredictionTask? = nil,
        until interruption: Interruption = Interruption(),
        progress: (@escaping (LearningRateTest.Point) -> Void) = { _ in }
    ) throws -> LearningRateTest {
        let (before, optimizerBefore) = (network.stateDictionary, optimizer.savedState)
        let result = try train(
            network, loss: loss, optimizer: optimizer, training: training, options: options, task: task,
            until: interruption, progress: progress)
        try network.load(before)
        try optimizer.restore(optimizerBefore)
        return result
    }

    /// Trains the network of a configuration, with its pretrained weights, frozen parts, optimizer and precision. No run
    /// folder is written.
    /// - Parameters:
    ///   - experiment: What is trained; its schedule is not used.
    ///   - interruption: A request to stop after the current step.
    ///   - progress: Called after each step.
    /// - Throws: As ``run(_:loss:optimizer:training:options:task:until:progress:)``, and `ConfigError` or `DatasetError` for
    ///   what cannot be built.
    public func run(
        _ experiment: Experiment, until interruption: Interruption = Interruption(),
        progress: (@escaping (LearningRateTest.Point) -> Void) = { _ in }
    ) throws -> LearningRateTest {
        let network = try experiment.makeNetwork()
        return try train(
            network, loss: experiment.makeLoss(), optimizer: experiment.makeOptimizer(for: network),
            training: experiment.makeTrainingLoader(), options: TrainingOptions(experiment.config),
            task: experiment.source.task, until: interruption, progress: progress)
    }

    private func train(
        _ network: any Layer, loss: any Loss, optimizer: Optimizer, training: DataLoader, options: TrainingOptions,
        task: PredictionTask?, until interruption: Interruption,
        progress: @escaping (LearningRateTest.Point) -> Void
    ) throws -> LearningRateTest {
        var options = options
        options.iterations = steps
        // What is frozen at the beginning is what the rate is for.
        options.freezing.releases = []
        (options.averageDecay, options.earlyStopping, options.bestMetric) = (nil, nil, nil)
        (options.validationInterval, options.saveInterval, options.maximumTime) = (nil, nil, nil)
        let trainer = Trainer(
            network, loss: loss, optimizer: optimizer, schedule: RisingRate(finder: self), training: training,
            options: options, task: task)
        let recorder = LossRecorder(progress)
        trainer.callbacks.append(recorder)
        var diverged: TrainingError?
        do {
            let ending = try trainer.train(until: interruption).ending
            if ending == .interrupted {
                return LearningRateTest(points: recorder.points, ending: .interrupted, plannedSteps: steps)
            }
        } catch let error as TrainingError where error.isDivergence {
            diverged = error
        }
        if let diverged, recorder.points.count < 10 {
            throw TrainingError(
                "\(diverged.reason); there is no rate in reach at which the loss stays finite",
                remedy: "check the data and its normalization, or begin with a lower rate")
        }
        let ending: LearningRateTest.Ending =
            diverged != nil ? .notFinite : recorder.shouldStop ? .rose : .completed
        return LearningRateTest(points: recorder.points, ending: ending, plannedSteps: steps)
    }
}

/// A learning rate that rises in equal ratios.
private struct RisingRate: Schedule {
    let finder: LearningRateFinder

    func learningRate(at step: Int) -> Double { finder.rate(at: step) }
}

/// Smooths the loss of each step, and stops where it is far above the best.
private final class LossRecorder: TrainingCallback {
    private(set) var points: [LearningRateTest.Point] = []
    private var smoother = LossSmoother(keeping: LearningRateFinder.smoothing)
    private var best = Double.infinity
    private let progress: (LearningRateTest.Point) -> Void
    private(set) var shouldStop = false

    init(_ progress: @escaping (LearningRateTest.Point) -> Void) { self.progress = progress }

    func didFinishStep(_ step: StepRecord, of trainer: Trainer) {
        let smoothed = smoother.add(step.loss)
        let point = LearningRateTest.Point(rate: step.learningRate, loss: step.loss, smoothedLoss: smoothed)
        points.append(point)
        best = min(best, smoothed)
        // Four times a loss that may be negative would mean nothing.
        shouldStop = best > 0 && smoothed > LearningRateFinder.limit * best && points.count >= 10
        progress(point)
    }
}

/// An exponential mean without the bias of its first values (Kingma and Ba 2015, section 3).
struct LossSmoother {
    private let kept: Double
    private var sum = 0.0
    private var weight = 0.0

    init(keeping kept: Double) { self.kept = kept }

    /// The mean with one more value.
    mutating func add(_ value: Double) -> Double {
        sum = kept * sum + (1 - kept) * value
        weight = kept * weight + (1 - kept)
        return sum / weight
    }
}
