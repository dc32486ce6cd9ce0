import NNLayers
import NNOptimizers

/// The settings of a ``Trainer``.
public struct TrainingOptions: Sendable {
    /// The number of passes over the training samples.
    public var epochs = 10
    /// The number of steps of the whole training, in the place of ``epochs``; nil for whole epochs.
    public var iterations: Int?
    /// The type of activations.
    public var precision = Precision.float32
    /// Whether blocks of the network are calculated again in the backward pass, to save memory; see `Context.checkpoints`.
    public var checkpoints = false
    /// How convolutions of 3x3 are calculated in float32; nil for `Engine.winograd`.
    public var winograd: WinogradTiles?
    /// Whether float32 is calculated by three products of bfloat16 on processors with AMX, and as ever on others; nil for
    /// `Engine.fastFloat32`.
    public var fastFloat32: Bool?
    /// The seed of the network's random numbers; the loader has its own.
    public var seed: UInt64 = 0
    /// The number of batches whose gradients are accumulated for a step.
    public var accumulation = 1
    /// The clipping of gradients; nil for that of the optimizer.
    public var clipping: GradientClipping?
    /// The decay of an exponential moving average of the weights, which is evaluated in their place; nil for none.
    public var averageDecay: Double?
    /// The weight of an auxiliary head's loss relative to that of the head.
    public var auxiliaryLossWeight: Float = 0.4
    /// When to stop early; nil for never.
    public var earlyStopping: EarlyStoppingConfig?
    /// The score that selects the best checkpoint, such as `validation_loss`; nil for the first metric, or the
    /// loss if there is no metric.
    public var bestMetric: String?
    /// How often the network is evaluated; nil for after each epoch. By time, the result depends on the speed of the machine.
    public var validationInterval: TrainingInterval?
    /// How often the last checkpoint is saved besides after each evaluation; nil for after each epoch.
    public var saveInterval: TrainingInterval?
    /// Of which steps the run folder has the loss and the learning rate: every tenth by default.
    public var logInterval = 10
    /// How many of the latest checkpoints the run folder keeps.
    public var keptCheckpoints = 1
    /// The time after which training saves and ends, to be resumed; nil for no limit.
    public var maximumTime: TrainingTime?
    /// The parts of the network that are frozen.
    public var freezing = Freezing()
    /// How several processes train together.
    public var distributed = DistributedConfig()

    /// Ten epochs in float32.
    public init() {}

    /// The number of steps in an epoch, of which the last may have fewer batches.
    func stepsPerEpoch(batchCount: Int) -> Int { (batchCount + accumulation - 1) / accumulation }

    /// The number of steps of the whole training.
    func stepCount(stepsPerEpoch: Int) -> Int { iterations ?? epochs * stepsPerEpoch }

    /// The number of epochs that are begun.
    func epochCount(stepsPerEpoch: Int) -> Int {
        (stepCount(stepsPerEpoch: stepsPerEpoch) + stepsPerEpoch - 1) / stepsPerEpoch
    }
}
