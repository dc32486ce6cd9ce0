import NNLayers
import NNOptimizers

/// How a ``Trainer`` trains.
public struct TrainingOptions: Sendable {
    /// How often every training sample is shown.
    public var epochs = 10
    /// The type of activations.
    public var precision = Precision.float32
    /// What the random numbers of the network follow from; the loader has a seed of its own.
    public var seed: UInt64 = 0
    /// How many batches give their gradients to one step.
    public var accumulation = 1
    /// Limits of the gradients; nil for those of the optimizer.
    public var clipping: GradientClipping?
    /// The decay of an average of the weights that is evaluated in their place; nil for none.
    public var averageDecay: Double?
    /// The weight of an auxiliary head's loss beside that of the head.
    public var auxiliaryLossWeight: Float = 0.4
    /// When to stop before the last epoch; nil for never.
    public var earlyStopping: EarlyStoppingConfig?
    /// The measured value by which the best checkpoint is chosen, such as `validation_loss`; nil for the
    /// first metric, or the loss where there is none.
    public var bestMetric: String?
    /// What is not trained.
    public var freezing = Freezing()

    public init() {}

    /// The number of steps in an epoch of so many batches. The last one may have fewer batches.
    func stepsPerEpoch(batchCount: Int) -> Int { (batchCount + accumulation - 1) / accumulation }
}
