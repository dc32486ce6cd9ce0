import NNDatasets
import NNInference
import NNLayers
import NNOptimizers
import NNWeights

/// Builds what a configuration describes from the components of a registry: network, data, loss, optimizer.
///
/// ```swift
/// let experiment = try Experiment(config, registry: registry)
/// let trainer = try experiment.makeTrainer(run: run)
/// try trainer.train()
/// ```
public final class Experiment {
    /// The configuration.
    public let config: ExperimentConfig
    /// The available components.
    public let registry: Registry
    /// The source of the data sets.
    public let source: any DatasetSource
    /// The processes that train together; nil where one trains alone.
    public let group: (any ProcessGroup)?
    /// The results of loading the pretrained weights of the last network.
    public private(set) var loadedWeights: [WeightReport] = []
    private var datasets: [Split: (listed: any Dataset, cached: any Dataset)] = [:]
    /// What `data.split` and `data.folds` choose; nil as long as it is not asked for.
    var division: (whole: any Dataset, parts: StratifiedSplit)?
    private let cacheBudget = MemoryBudget.automatic()
    private var trainingLabels: LabelTableCache?

    /// Builds the data set; everything else is built on demand.
    /// - Parameters:
    ///   - config: The configuration.
    ///   - registry: The available components.
    ///   - group: The processes that train together; nil, the default, where one trains alone.
    /// - Throws: `ConfigError` for a wrong name or wrong options of the data set.
    public init(_ config: ExperimentConfig, registry: Registry, group: (any ProcessGroup)? = nil) throws {
        self.registry = registry
        self.group = group
        source = try registry.build(.dataset, config.data.dataset)
        var config = config
        config.loss = config.loss(for: source.task)
        self.config = config
    }

    /// An experiment of the same components that uses what another has listed and decoded, where both have the same data.
    /// - Parameter other: The other; nil to list the data anew.
    /// - Throws: As ``init(_:registry:group:)``.
    @_spi(Internal) public convenience init(
        _ config: ExperimentConfig, registry: Registry, sharing other: Experiment?
    ) throws {
        try self.init(config, registry: registry)
        guard let other, other.group == nil, isSameData(as: other) else { return }
        (datasets, division, trainingLabels) = (other.datasets, other.division, other.trainingLabels)
    }

    /// Whether the samples of all splits are those of another experiment.
    private func isSameData(as other: Experiment) -> Bool {
        // A limited number of samples is drawn by the seed.
        let isDrawn = config.data.limit != nil || config.data.overfit != nil
        return config.node["data"] == other.config.node["data"] && (!isDrawn || config.seed == other.config.seed)
    }

    /// The samples of a split before any transform, listed once.
    /// - Parameters:
    ///   - split: The split.
    ///   - keepsSamples: Whether decoded samples are cached as configured, the default.
    /// - Throws: `DatasetError` if the data set cannot be listed.
    public func dataset(_ split: Split, keepsSamples: Bool = true) throws -> any Dataset {
        if let known = datasets[split] { return keepsSamples ? known.cached : known.listed }
        let listed = try chosenSamples(of: split)
        datasets[split] = (listed, listed.cached(config.data.cache, sharing: cacheBudget))
        return try dataset(split, keepsSamples: keepsSamples)
    }

    /// The samples of a split that `data.limit` and `data.overfit` leave.
    private func chosenSamples(of split: Split) throws -> any Dataset {
        let data = config.data
        // Validation shows what training has learned by heart.
        if data.overfit != nil, split == .validation { return try dataset(.train, keepsSamples: false) }
        let all = try allSamples(of: split)
        let batches = split == .train ? data.overfit : nil
        guard let count = batches.map({ $0 * data.batchSize * part.count }) ?? data.limit?[split] else { return all }
        return DatasetSubset(all, count: count, key: RandomKey(seed: config.seed))
    }

    /// The labels of the training samples.
    func labels() throws -> LabelTableCache {
        if let trainingLabels { return trainingLabels }
        let labels = LabelTableCache(try dataset(.train), brokenSamples: config.data.onError)
        trainingLabels = labels
        return labels
    }

    /// The description of the data for checkpoints and prediction.
    /// - Throws: `DatasetError` if the data set cannot be listed.
    public func dataDescription() throws -> DataDescription {
        let data = try dataset(.train)
        return DataDescription(
            classNames: data.classNames, classColors: source.task.isDense ? data.classColors : nil,
            normalization: normalization, featureCount: data.features?.shape[1])
    }

    /// Builds the network, with pretrained weights if the configuration names any, and random weights by the seed for
    /// the rest.
    /// - Parameter pretrained: Whether pretrained weights are loaded, the default; not needed before a checkpoint is.
    /// - Throws: `ConfigError` for components or weights that do not fit, or `DatasetError`.
    public func makeNetwork(pretrained: Bool = true) throws -> Network {
        let network = try buildNetwork()
        loadedWeights = try ModelBuilder(registry).initialize(
            network, as: config, classCount: dataset(.train).classNames.count, pretrained: pretrained)
        return network
    }

    /// Builds the network without values, frozen as in the first epoch.
    func buildNetwork() throws -> Network {
        let network = try ModelBuilder(registry).network(
            model(), classCount: dataset(.train).classNames.count, task: source.task)
        guard network.head.task == source.task else {
            throw ConfigError(
                "the head is for \(network.head.task.rawValue), the data set for \(source.task.rawValue)",
                remedy: "use another head or another data set", at: config.model.head.node)
        }
        try checkInput(of: network)
        try config.training.freezeParts(of: network)
        return network
    }

    /// Builds the training objective.
    /// - Throws: `ConfigError` for a wrong name or wrong options, a loss of labels that the data set does not have, and for
    ///   a data set with a single class.
    public func makeLoss() throws -> any Loss {
        let data = try dataset(.train)
        guard data.classNames.count > 1 || source.task.labels != .classes else {
            throw ConfigError(
                "the data set has one class only, so there is nothing to distinguish",
                remedy: "add a class for everything else, such as the background", at: config.data.dataset.node)
        }
        let (labels, classCount) = (try labels(), data.classNames.count)
        let component = config.loss(for: source.task)
        let imageTotals: @Sendable () throws -> [Int] = { try labels.table().imageTotals(classCount: classCount) }
        let loss = try registry.build(
            .loss, component,
            LossEnvironment(
                classCount: classCount, classNames: data.classNames, ignoreIndex: data.ignoreIndex,
                labelCounts: { try labels.table().totals(classCount: classCount) },
                imageTotals: source.task.isDense ? imageTotals : nil,
                task: source.task))
        try checkLabels(loss.labelKinds, of: "loss", component, instead: source.task.defaultLoss)
        return loss
    }

    /// Builds the metrics of the task, then those that the configuration adds.
    /// - Parameter thresholds: The probability above which each class of multi-label data is predicted; nil, the default,
    ///   for 0.5.
    /// - Throws: `ConfigError` for wrong names or options, and metrics of labels that the data set does not have, or
    ///   `DatasetError`.
    public func makeMetrics(thresholds: [Float]? = nil) throws -> [any Metric] {
        let data = try dataset(.train)
        let environment = MetricEnvironment(
            classNames: data.classNames, ignoreIndex: data.ignoreIndex, task: source.task, thresholds: thresholds)
        let defaults = source.task.defaultMetrics(outputCount: data.classNames.count)
        return try (defaults.map(Component.init) + config.training.metrics).map { component in
            let metric = try registry.build(.metric, component, environment)
            try checkLabels(metric.labelKinds, of: "metric", component, instead: defaults.first)
            return metric
        }
    }

    /// Refuses a loss or a metric that does not take the labels of the data set.
    private func checkLabels<Environment, Product>(
        _ kinds: Set<LabelKind>, of kind: String, _ component: Component<Environment, Product>,
        instead other: ConfigNode?
    ) throws(ConfigError) {
        typealias Component = NNLayers.Component<Environment, Product>
        guard !kinds.contains(source.task.labels) else { return }
        let taken = LabelKind.allCases.filter(kinds.contains).map(\.noun).joined(separator: " or ")
        throw ConfigError(
            "the \(kind) '\(component.name ?? "")' takes \(taken.isEmpty ? "no labels" : taken), and the data set "
                + "'\(config.data.dataset.name ?? "")' is for \(source.task.rawValue), with \(source.task.labels.noun)",
            remedy: other.flatMap { Component($0).name }.map { "use '\($0)', or another data set" }
                ?? "use another data set",
            at: component.node)
    }

    /// Builds the optimizer of a network's parameters.
    /// - Throws: `ConfigError` for a wrong name or wrong options.
    public func makeOptimizer(for network: Network) throws -> Optimizer {
        try registry.build(
            .optimizer, config.optimizer, OptimizerEnvironment(parameters: ModuleTree(network).parameters))
    }

    /// The part of the data that this process loads.
    var part: DataPart { group.map { DataPart($0.rank, of: $0.count) } ?? .whole }

    /// - Parameter batchCount: The number of batches in an epoch.
    func makeSchedule(for optimizer: Optimizer, batchCount: Int) throws -> any Schedule {
        let options = TrainingOptions(config)
        let stepsPerEpoch = options.stepsPerEpoch(batchCount: batchCount)
        return try registry.build(
            .schedule, config.schedule,
            ScheduleEnvironment(
                totalSteps: options.stepCount(stepsPerEpoch: stepsPerEpoch), stepsPerEpoch: stepsPerEpoch,
                baseLearningRate: optimizer.baseLearningRate))
    }

    /// Builds everything that training needs, and writes the configuration to the run folder.
    /// - Parameters:
    ///   - run: The folder for checkpoints and records; nil to keep everything in memory.
    ///   - checkpoint: The checkpoint to resume from; nil, the default, to begin.
    /// - Throws: `ConfigError` or `DatasetError` for what cannot be built, and ``CheckpointError`` for a checkpoint
    ///   of another run, before anything is written.
    public func makeTrainer(run: RunDirectory? = nil, checkpoint: Checkpoint? = nil) throws -> Trainer {
        let network = try makeNetwork(pretrained: checkpoint == nil)
        let optimizer = try makeOptimizer(for: network)
        let training = try makeTrainingLoader()
        let options = TrainingOptions(config)
        let schedule = try makeSchedule(for: optimizer, batchCount: training.count)
        let loss = try makeLoss()
        try checkedMeter(classCount: dataset(.train).classNames.count)
        let isFirst = group?.isFirst ?? true
        let trainer = Trainer(
            network, loss: loss, optimizer: optimizer, schedule: schedule, training: training,
            validation: hasValidation ? try makeLoader(.validation, part: part) : nil, metrics: try makeMetrics(),
            options: options, description: try dataDescription(), run: isFirst ? run : nil, task: source.task,
            group: group)
        if trainer.ranks != nil { try trainer.checkMetrics() }
        if let checkpoint { try trainer.restore(checkpoint) }
        if let run, isFirst {
            try run.write(self, classNames: trainer.description.classNames)
            trainer.callbacks.append(SkippedSampleList(run))
            trainer.batchSheet = AugmentedBatchSheet(run)
            let images = try exemplary(.validation)
            let transforms = try Predictor.transforms(config.data, for: source.task, registry)
            trainer.callbacks.append(
                source.task.isDense
                    ? SegmentationSheet(images, transforms: transforms)
                    : PredictionSheet(images, transforms: transforms))
        }
        let observers = try config.training.observers(registry).map { try registry.build(.callback, $0) }
        if isFirst { trainer.callbacks += observers }
        return trainer
    }
}

extension TrainingOptions {
    /// The options that a configuration states.
    init(_ config: ExperimentConfig) {
        epochs = config.epochs
        iterations = config.iterations
        precision = config.precision
        checkpoints = config.training.checkpointing
        winograd = config.training.winograd
        fastFloat32 = config.training.fastFP32 ? true : nil
        seed = config.seed
        accumulation = config.training.accumulate
        clipping = GradientClipping(
            norm: config.training.gradientClipNorm, value: config.training.gradientClipValue)
        auxiliaryLossWeight = config.model.auxiliaryLossWeight
        averageDecay = config.training.ema?.decay
        earlyStopping = config.training.earlyStopping
        bestMetric = config.training.bestMetric
        validationInterval = config.training.validateEvery
        saveInterval = config.training.saveEvery
        logInterval = config.training.logEvery
        keptCheckpoints = config.training.keepLast
        maximumTime = config.training.maxTime
        freezing = config.training.freezing
        distributed = config.training.distributed
    }
}
