import NNDatasets
import NNLayers
import NNOptimizers

/// The whole of a configuration file: what is trained, on what, and how.
///
/// A property is a key of the file, in lower_snake_case. A ``ConfigNode`` names a component that the
/// ``Registry`` builds, with its options; `nn models list` shows which there are.
public struct ExperimentConfig: ComponentOptions {
    /// The network.
    public var model = ModelConfig()
    /// Where images and labels come from, and what is done to them.
    public var data = DataConfig()
    /// What training makes small.
    public var loss: ConfigNode = "cross_entropy"
    /// What changes the weights; its learning rate is the one that the schedule starts from.
    public var optimizer: ConfigNode = "sgd"
    /// How the learning rate changes from step to step.
    public var schedule: ConfigNode = "constant"
    /// Further ways of training.
    public var training = TrainingConfig()
    /// How often every training image is shown.
    public var epochs = 10
    /// The type of activations: `fp32`, or `bf16`, which is faster. Weights and losses are float32 in both.
    public var precision = Precision.float32
    /// What all random numbers follow from: the same seed gives the same run.
    public var seed: UInt64 = 0

    public init() {}

    public func validate() throws {
        try Self.requireCount("epochs", epochs)
    }
}

extension ExperimentConfig {
    /// Refuses a number that is not positive, or so large that what follows from it is beyond all numbers.
    static func requireCount(_ name: String, _ value: Int, atMost limit: Int = 1_000_000_000) throws(OptionError) {
        if value < 1 { throw OptionError(name, "must be 1 or more, not \(value)") }
        if value > limit { throw OptionError(name, "must be at most \(limit), not \(value)") }
    }

    /// What the first values of parameters are drawn with.
    public var parameterKey: RandomKey { RandomKey(seed: seed).derived("parameters") }

    /// The configuration as a file that says everything, for ``YAMLWriter``.
    public var node: ConfigNode {
        do {
            return try ConfigEncoder().encode(self)
        } catch {
            trap("ExperimentConfig: \(error)")
        }
    }
}

/// The network: `model` in a configuration.
public struct ModelConfig: ComponentOptions {
    /// What makes feature maps of images.
    public var backbone: ConfigNode = nil
    /// What makes predictions of feature maps. Channels follow from the backbone, classes from the data.
    public var head: ConfigNode = nil
    /// A second head, whose loss helps to train the backbone; null for none.
    public var auxiliaryHead: ConfigNode = nil
    /// Files of weights to begin with: one, or a list; null for random values.
    public var weights: ConfigNode = nil
    /// The weight of the auxiliary head's loss beside that of the head.
    public var auxiliaryLossWeight: Float = 0.4

    public init() {}

    public func validate() throws {
        try OptionError.check("auxiliary_loss_weight", auxiliaryLossWeight, .notNegative)
    }
}

/// The images and labels: `data` in a configuration.
public struct DataConfig: ComponentOptions {
    /// Where samples come from.
    public var dataset: ConfigNode = nil
    /// What is done to each training sample, in this order.
    public var trainTransforms: [ConfigNode] = []
    /// What is done to each training batch after that, such as mixing images with each other.
    public var batchTransforms: [ConfigNode] = []
    /// What is done to each validation and test sample, and to images that are predicted.
    public var validationTransforms: [ConfigNode] = []
    /// The mean and deviation that pixels are normalized by; null leaves them at 0...1.
    public var normalize: Normalization?
    /// How many samples make a step.
    public var batchSize = 32
    /// How many threads read and transform images while the engine calculates; with 0 it waits for them.
    public var loaderThreads = 1
    /// Whether decoded samples are kept in memory: true, false, or `auto` for as many as fit into a quarter of it.
    public var cache = CachePolicy.automatic
    /// What is done with a sample that cannot be read: `fail` ends training, `skip` takes the next one in its place.
    public var onError = BrokenSamplePolicy.fail
    /// The order of training samples.
    public var sampler: ConfigNode = "shuffle"

    public init() {}

    public func validate() throws {
        try ExperimentConfig.requireCount("batch_size", batchSize, atMost: 1_000_000)
        if !(0...256).contains(loaderThreads) {
            throw OptionError("loader_threads", "must be from 0 to 256, not \(loaderThreads)")
        }
    }
}

/// Further ways of training: `training` in a configuration.
public struct TrainingConfig: ComponentOptions {
    /// The largest norm of all gradients together; larger ones are scaled down to it.
    public var gradientClipNorm: Double?
    /// The largest magnitude of an element of a gradient; larger ones are cut to it.
    public var gradientClipValue: Double?
    /// How many batches give their gradients to one step.
    public var accumulate = 1
    /// Parts of the network that are not trained: names of parameters or modules, in which `*` stands for any
    /// characters and `?` for one. A batch norm among them normalizes with its running statistics, and keeps them.
    public var freeze: [ConfigNode] = []
    /// Which of these parts are trained from an epoch on.
    public var unfreeze: [UnfreezeConfig] = []
    /// An average of the weights that is evaluated and saved in their place.
    public var ema: MovingAverageConfig?
    /// When to stop before the last epoch.
    public var earlyStopping: EarlyStoppingConfig?
    /// The metric by which the best checkpoint is chosen; null is the main one of the task.
    public var bestMetric: String?
    /// Metrics beside those of the task.
    public var metrics: [ConfigNode] = []
    /// What else happens between steps and epochs.
    public var callbacks: [ConfigNode] = []

    public init() {}

    public func validate() throws {
        try GradientClipping.check(norm: gradientClipNorm, value: gradientClipValue)
        try ExperimentConfig.requireCount("accumulate", accumulate, atMost: 1_000_000)
        for (index, pattern) in freeze.enumerated() { try pattern.requirePattern("freeze.\(index)") }
    }
}

/// The average of the weights over steps: `training.ema` in a configuration.
public struct MovingAverageConfig: ComponentOptions {
    /// The share of the old average that each step keeps.
    public var decay = 0.999

    public init() {}

    public func validate() throws {
        try OptionError.check("decay", decay, .fractionBelowOne)
    }
}

/// When to stop for want of progress: `training.early_stopping` in a configuration.
public struct EarlyStoppingConfig: ComponentOptions {
    /// How many epochs without progress are waited for.
    public var patience = 10
    /// How much the metric that chooses the best checkpoint must improve to count as progress.
    public var minimumChange = 0.0

    public init() {}

    public func validate() throws {
        try EarlyStopping.check(patience: patience, minimumChange: minimumChange)
    }
}
