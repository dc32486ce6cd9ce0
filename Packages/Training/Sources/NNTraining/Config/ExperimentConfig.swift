import NNDatasets
import NNInference
import NNLayers
@_spi(Internal) import NNOptimizers

/// An experiment as a configuration file describes it: the network, the data, and how to train.
///
/// Each property is a key of the file, in lower_snake_case. A `Component` is named with its options, and
/// built by the `Registry`; `nn models list` shows what is available.
public struct ExperimentConfig: ComponentOptions {
    /// The network.
    public var model = ModelConfig()
    /// Where images and labels come from, and how they are prepared.
    public var data = DataConfig()
    /// The training objective to minimize; null, the default, for that of the data set's task, such as cross entropy.
    public var loss: Component<LossEnvironment, any Loss>?
    /// The optimizer; its learning rate is the base of the schedule.
    public var optimizer: Component<OptimizerEnvironment, Optimizer> = "sgd"
    /// The learning rate over the steps.
    public var schedule: Component<ScheduleEnvironment, any Schedule> = "constant"
    /// Further settings of training.
    public var training = TrainingConfig()
    /// The number of passes over the training samples.
    public var epochs = 10
    /// The number of steps of the whole training, in the place of `epochs`: the last epoch ends with it. Null, the default,
    /// for whole epochs.
    public var iterations: Int?
    /// The type of activations: `fp32`, or `bf16`, which is faster. Weights and losses are float32 either way.
    public var precision = Precision.float32
    /// The seed of all random numbers: the same seed gives the same run.
    public var seed: UInt64 = 0

    /// The defaults; a network and a data set must still be named.
    public init() {}

    /// Refuses a number of epochs or steps that is not positive.
    public func validate() throws {
        try Self.requireCount("epochs", epochs)
        if let iterations { try Self.requireCount("iterations", iterations) }
    }
}

extension ExperimentConfig {
    /// Refuses a count that is not positive, or so large that products with it overflow.
    static func requireCount(_ name: String, _ value: Int, atMost limit: Int = 1_000_000_000) throws(OptionError) {
        if value < 1 { throw OptionError(name, "must be 1 or more, not \(value)") }
        if value > limit { throw OptionError(name, "must be at most \(limit), not \(value)") }
    }

    /// The loss, or the default of a task where none is configured.
    public func loss(for task: PredictionTask) -> Component<LossEnvironment, any Loss> {
        loss ?? Component(task.defaultLoss.moved(to: "loss"))
    }

    /// The random key that parameters are initialized with.
    @_spi(Internal) public var parameterKey: RandomKey { RandomKey(seed: seed).derived("parameters") }

    /// The complete configuration with all defaults.
    public var node: ConfigNode {
        do {
            return try ConfigEncoder().encode(self)
        } catch {
            trap("ExperimentConfig: \(error)")
        }
    }
}

/// The network: `model` of a configuration.
public struct ModelConfig: ComponentOptions {
    /// The backbone, which computes feature maps of images.
    public var backbone: Component<Void, any Backbone> = nil
    /// The head, which computes predictions from feature maps. Channels follow from the backbone, classes from the data.
    public var head: Component<HeadEnvironment, any Head> = nil
    /// A second head, whose loss helps to train the backbone; null, the default, for none.
    public var auxiliaryHead: Component<HeadEnvironment, any Head>?
    /// Files of pretrained weights: one, or a list; null, the default, for random initialization.
    public var weights: ConfigNode = nil
    /// The weight of the auxiliary head's loss relative to that of the head.
    public var auxiliaryLossWeight: Float = 0.4

    /// No backbone and no head, which must still be named.
    public init() {}

    /// Refuses a negative weight.
    public func validate() throws {
        try OptionError.check("auxiliary_loss_weight", auxiliaryLossWeight, .notNegative)
    }
}

/// The images and labels: `data` of a configuration.
public struct DataConfig: ComponentOptions {
    /// The data set.
    public var dataset: Component<Void, any DatasetSource> = nil
    /// The fractions of a data set in one piece that are for validation and test, as in `{validation: 0.2, test: 0.1}`;
    /// null, the default, for the splits of the data set.
    public var split: SplitConfig?
    /// The number of folds for cross-validation, which `nn train` trains one after the other; null, the default, for none.
    public var folds: Int?
    /// The fold that is for validation, from 1 on, where a single one is trained; null, the default, for all.
    public var fold: Int?
    /// Whether each epoch is validated: false trains without validation samples, and chooses the best epoch by the scores
    /// of training.
    public var validation = true
    /// The transforms of each training sample, in order.
    public var trainTransforms: [Component<TransformEnvironment, any Transform>] = []
    /// The transforms of each training batch after that, such as mixup.
    public var batchTransforms: [Component<TransformEnvironment, any BatchTransform>] = []
    /// The transforms of each validation and test sample, and of images to predict. For segmentation crops, flips and
    /// rotations are left out, since each pixel of the original image is predicted and scored.
    public var validationTransforms: [Component<TransformEnvironment, any Transform>] = []
    /// The mean and standard deviation that pixels are normalized by; null, the default, leaves them at 0...1.
    public var normalize: Normalization?
    /// The number of samples in a batch.
    public var batchSize = 32
    /// The number of samples in a batch of validation and of `nn eval`; null, the default, for `batch_size`. No score
    /// depends on it.
    public var validationBatchSize: Int?
    /// The number of threads that load and transform images in the background; 0 loads them on the training thread.
    public var loaderThreads = 1
    /// Whether decoded samples are cached in memory: true, false, or `auto` for as many as fit into a quarter of it, and none
    /// of shards.
    public var cache = CachePolicy.automatic
    /// What to do with a sample that cannot be read or transformed: `fail` ends training; `skip` uses another of the epoch in
    /// its place, drawn by the seed, and lists it in `skipped.csv` of the run, until more than half of the samples, and at
    /// least 64, are unusable.
    public var onError = BrokenSamplePolicy.fail
    /// The most samples of each split, chosen by the seed, for a quick trial; null, the default, for all.
    public var limit: SampleLimit?
    /// Trains on so many batches only, and validates on them, to see whether the network can learn them by heart; null, the
    /// default, for all of the data.
    public var overfit: Int?
    /// The order of training samples.
    public var sampler: Component<SamplerEnvironment, any Sampler> = "shuffle"

    /// No data set, which must still be named, and no transforms.
    public init() {}

    /// Refuses a batch size or a number of threads that is out of range, and splits that contradict each other.
    public func validate() throws {
        try checkSplits()
        try ExperimentConfig.requireCount("batch_size", batchSize, atMost: 1_000_000)
        if let validationBatchSize {
            try ExperimentConfig.requireCount("validation_batch_size", validationBatchSize, atMost: 1_000_000)
        }
        if let overfit {
            try ExperimentConfig.requireCount("overfit", overfit, atMost: 1_000_000)
            if limit != nil { throw OptionError("overfit", "leaves no meaning to 'limit'; leave one of them out") }
        }
        if !(0...256).contains(loaderThreads) {
            throw OptionError("loader_threads", "must be from 0 to 256, not \(loaderThreads)")
        }
    }
}

/// The most samples of each split: `data.limit` of a configuration.
public struct SampleLimit: ComponentOptions {
    /// Of training; null, the default, for all.
    public var train: Int?
    /// Of validation; null, the default, for all.
    public var validation: Int?
    /// Of the test; null, the default, for all.
    public var test: Int?

    /// No limits.
    public init() {}

    /// Refuses a limit that is not positive.
    public func validate() throws {
        for split in Split.allCases {
            if let limit = self[split] { try ExperimentConfig.requireCount(split.rawValue, limit, atMost: .max) }
        }
    }

    subscript(split: Split) -> Int? { split.choice(train: train, validation: validation, test: test) }
}

/// Further settings of training: `training` of a configuration.
public struct TrainingConfig: ComponentOptions {
    /// The maximum norm of all gradients together, to which larger ones are scaled; null for no limit.
    public var gradientClipNorm: Double?
    /// The maximum magnitude of a gradient's elements, to which larger ones are clamped; null for no limit.
    public var gradientClipValue: Double?
    /// The number of batches whose gradients are accumulated for a step.
    public var accumulate = 1
    /// Whether blocks of the network keep only their inputs for the backward pass and are calculated again there: less
    /// memory for about a third more time, with the same results.
    public var checkpointing = false
    /// How convolutions of 3x3 are calculated in float32, in training and its validation: `fast`, `accurate`, whose
    /// rounding errors are smaller, or `off`, without Winograd's method; null, the default, for what `NN_WINOGRAD` says,
    /// or `fast`.
    public var winograd: WinogradTiles?
    /// Whether float32 is calculated by three products of bfloat16, in training and its validation, where the processor
    /// has AMX: large convolutions and products, to about 2^-16 instead of 2^-24. It is accepted on every processor and
    /// does nothing on those without AMX.
    public var fastFP32 = false
    /// Parts of the network that are frozen: names of parameters or modules, in which `*` matches any
    /// characters and `?` matches one. A frozen batch norm uses its running statistics and does not update them.
    public var freeze: [ConfigNode] = []
    /// Frozen parts that are trained from some epoch on.
    public var unfreeze: [UnfreezeConfig] = []
    /// An exponential moving average of the weights, which is evaluated in their place; null for none.
    public var ema: MovingAverageConfig?
    /// When to stop early; null for never.
    public var earlyStopping: EarlyStoppingConfig?
    /// The score that selects the best checkpoint, such as `validation_loss`; null for the main metric of the task.
    public var bestMetric: String?
    /// How often the network is validated: a number of steps, or of epochs, minutes or hours, as in `500`, `2 epochs` or
    /// `30 minutes`; null, the default, for after each epoch. The scores of training are those since the last validation,
    /// and early stopping and schedules count validations. By time, the result depends on the speed of the machine.
    public var validateEvery: TrainingInterval?
    /// How often the last checkpoint is saved besides after each validation, as in `500`, `2 epochs` or `30 minutes`; null,
    /// the default, for after each epoch.
    public var saveEvery: TrainingInterval?
    /// Of which steps `steps.csv` has the loss, the learning rate and the norm of the gradients: every tenth by default.
    public var logEvery = 10
    /// How many of the latest checkpoints are kept, as `step-STEP.safetensors` beside `last.safetensors` where it is more
    /// than one; `nn train --resume RUN --fallback` uses them.
    public var keepLast = 1
    /// The time after which training saves and ends, as in `90 minutes` or `12 hours`; `nn train --resume` continues, with
    /// as much time again. Null, the default, for no limit.
    public var maxTime: TrainingTime?
    /// How several processes train together, started by `mpirun`.
    public var distributed = DistributedConfig()
    /// Metrics in addition to those of the task.
    public var metrics: [Component<MetricEnvironment, any Metric>] = []
    /// Observers of training.
    public var callbacks: [Component<Void, any TrainingCallback>] = []
    /// Whether `report.html` in the run folder shows the training while it runs, and with predictions at its end: the
    /// observer `report` of `callbacks`. False by default; `nn report RUN` writes the page at any time.
    public var report = false

    /// Plain training: no clipping, freezing, averaging or early stopping.
    public init() {}

    /// Refuses limits and counts that are not positive, and empty patterns.
    public func validate() throws {
        try GradientClipping.check(norm: gradientClipNorm, value: gradientClipValue)
        try ExperimentConfig.requireCount("accumulate", accumulate, atMost: 1_000_000)
        try ExperimentConfig.requireCount("keep_last", keepLast, atMost: 10_000)
        try ExperimentConfig.requireCount("log_every", logEvery)
        for (index, pattern) in freeze.enumerated() { try pattern.requirePattern("freeze.\(index)") }
    }
}

extension TrainingConfig {
    /// The observers, with the one that `report` stands for.
    /// - Throws: `ConfigError` where no plugin has it.
    func observers(_ registry: Registry) throws(ConfigError) -> [Component<Void, any TrainingCallback>] {
        guard report, !callbacks.contains(where: { $0.name == Self.reporter }) else { return callbacks }
        guard registry.names(of: .callback).contains(Self.reporter) else {
            throw ConfigError(
                "no callback '\(Self.reporter)' is registered",
                remedy: "add ReportingPlugin of NNReporting, or omit it", keyPath: "training.report")
        }
        return callbacks + [Component(ConfigNode(.string(Self.reporter)))]
    }

    private static let reporter = "report"
}

/// An exponential moving average of the weights: `training.ema` of a configuration.
public struct MovingAverageConfig: ComponentOptions {
    /// The fraction of the old average that each step keeps.
    public var decay = 0.999

    /// A decay of 0.999.
    public init() {}

    /// Refuses a decay that is not in 0..<1.
    public func validate() throws {
        try OptionError.check("decay", decay, .fractionBelowOne)
    }
}

/// When to stop for lack of improvement: `training.early_stopping` of a configuration.
public struct EarlyStoppingConfig: ComponentOptions {
    /// The number of epochs without improvement after which training stops; with `validate_every`, of validations.
    public var patience = 10
    /// The smallest change of the score that selects the best checkpoint which counts as an improvement.
    public var minimumChange = 0.0

    /// A patience of 10 epochs.
    public init() {}

    /// Refuses a patience below 1 and a negative change.
    public func validate() throws {
        try EarlyStopping.check(patience: patience, minimumChange: minimumChange)
    }
}
