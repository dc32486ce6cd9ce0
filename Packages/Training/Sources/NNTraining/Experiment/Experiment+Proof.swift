import NNDatasets
import NNInference
import NNLayers
import NNOptimizers

extension Experiment {
    /// Proves that training can begin: builds every component, and runs the network and the loss on shapes
    /// only, at the size of the first sample after its transforms.
    ///
    /// - Parameter pretrained: Whether pretrained weights that the configuration names must fit, the default.
    /// - Throws: `ConfigError` for a component that does not fit, or `DatasetError`.
    public func proveShapes(pretrained: Bool = true) throws -> ShapeProof {
        try checkPreparation()
        try checkNormalization()
        try checkOrderAndMixing()
        let network = try buildNetwork()
        if pretrained {
            try ModelBuilder(registry).checkWeights(
                of: config.model, for: network, classCount: dataset(.train).classNames.count)
        }
        let parameterCount = network.parameterCount
        let (classCount, sampleCount) = (try dataset(.train).classNames.count, try dataset(.train).count)
        // Fewer samples than a batch has make a single smaller batch.
        let batchSize = max(min(config.data.batchSize, sampleCount), 1)
        let batchCount = max(sampleCount / batchSize, 1)
        let options = TrainingOptions(config)
        // The estimate is for the epoch in which most is trained.
        options.freezing.apply(
            to: network,
            epoch: options.epochCount(stepsPerEpoch: options.stepsPerEpoch(batchCount: batchCount)))
        let optimizer = try makeOptimizer(for: network)
        let loss = try makeLoss()
        let schedule = try makeSchedule(for: optimizer, batchCount: batchCount)
        try checkScoreNames(watchedBy: schedule, classCount: classCount)
        func proof(_ imageSize: Size) throws -> ShapeProof {
            try ShapeProof(
                network, loss: loss, task: source.task, classCount: classCount, imageSize: imageSize,
                batchSize: batchSize, precision: config.precision, checkpoints: config.training.checkpointing,
                optimizer: optimizer, keepsAverage: config.training.ema != nil,
                at: config.model.backbone.node)
        }
        let trainingSize = try imageSize(.train)
        let validationSize = try imageSize(.validation)
        var result = try proof(trainingSize)
        result.parameterCount = parameterCount
        if validationSize != trainingSize { _ = try proof(validationSize) }
        return result
    }

    /// The sizes of images that are tried at most, each by a trace of the network.
    private static let triedSizes = 16

    /// Proves that the network takes images of several sizes, such as those that a `DataCheck` found.
    /// - Throws: `ConfigError` for the first size that does not fit.
    @_spi(Internal) public func proveSizes(_ sizes: [Size]) throws {
        guard try dataset(.train).features == nil, !sizes.isEmpty else { return }
        let network = try buildNetwork()
        let (optimizer, loss) = (try makeOptimizer(for: network), try makeLoss())
        let classCount = try dataset(.train).classNames.count
        // The extremes are likelier to fail than others.
        let extremes = [
            sizes.min { $0.height < $1.height }, sizes.min { $0.width < $1.width }, sizes.max { $0.area < $1.area },
        ].compactMap { $0 }
        var tried: Set<Size> = []
        for size in extremes + sizes where tried.count < Self.triedSizes && tried.insert(size).inserted {
            _ = try ShapeProof(
                network, loss: loss, task: source.task, classCount: classCount, imageSize: size,
                batchSize: min(config.data.batchSize, 2), precision: config.precision, optimizer: optimizer,
                keepsAverage: false, at: config.model.backbone.node)
        }
    }

    /// Refuses transforms of batches that do not fit the data set and, for numbers, samplers that draw by class: for
    /// classes a sampler may have to read all labels first.
    private func checkOrderAndMixing() throws {
        for component in config.data.batchTransforms {
            _ = try registry.build(.batchTransform, component, transformEnvironment())
        }
        guard source.task.labels == .values else { return }
        _ = try registry.build(
            .sampler, config.data.sampler, SamplerEnvironment(dataset: dataset(.train)))
    }

    /// Refuses scores that cannot be logged, and watched scores that nothing measures.
    private func checkScoreNames(watchedBy schedule: any Schedule, classCount: Int) throws {
        let meter = try checkedMeter(classCount: classCount)
        if meter.metrics.contains(where: \.values.isEmpty) { return }
        let names = meter.values.names(on: trainingSplits)
        let watched = [
            ("training.best_metric", config.training.bestMetric), ("schedule.metric", schedule.metric),
        ]
        for case (let keyPath, let name?) in watched where !names.contains(name) {
            let problem = UnmeasuredScore(name, measured: names)
            throw ConfigError(problem.reason, remedy: problem.remedy, keyPath: keyPath)
        }
        let scores = trainingSplits.flatMap { split in meter.values.map { $0.on(split) } }
        if let problem = ContradictedScore(schedule, measured: scores) {
            throw ConfigError(problem.reason, remedy: problem.remedy, keyPath: "schedule.mode")
        }
    }

    /// The metrics after a batch of zeros, since metrics tell the names of their values only then.
    /// - Throws: `ConfigError` for a name that cannot be logged.
    @discardableResult
    func checkedMeter(classCount: Int) throws -> ScoreMeter {
        var meter = ScoreMeter(try makeMetrics(), task: source.task)
        let task = source.task
        let pixels = task.isDense ? [1, 1] : []
        let count = task.labels == .classes ? min(classCount, 8) : 2
        let logits = Tensor.zeros(Shape([count] + pixels + [classCount]))
        let labels =
            task.labels == .classes
            ? Tensor((0..<count).map(Int32.init), shape: Shape([count] + pixels))
            // Ones and zeros, since scores may be undefined where all labels are equal.
            : Tensor((0..<logits.elementCount).map { Float(($0 / classCount + 1) % 2) }, shape: logits.shape)
        meter.add(loss: 0, logits: logits, labels: labels)
        for value in meter.values {
            if let problem = UnrecordableScore(value.name) {
                throw ConfigError(problem.reason, remedy: problem.remedy, keyPath: "training.metrics")
            }
        }
        return meter
    }
}
