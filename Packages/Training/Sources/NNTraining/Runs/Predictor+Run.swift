import NNDatasets
import NNInference
import NNLayers

extension Predictor {
    /// A predictor with the best checkpoint of a run.
    ///
    /// - Throws: ``CheckpointError`` for an unusable checkpoint, or `ConfigError` for an invalid configuration in the
    ///   folder.
    public convenience init(
        run: RunDirectory, registry: Registry, options: InferenceOptions = InferenceOptions()
    ) throws {
        let trained = try TrainedRun(run, config: run.config(), isForTraining: false)
        try self.init(trained, registry: registry, options: options)
    }

    /// A predictor with the network of a run.
    ///
    /// - Throws: ``CheckpointError`` for an unusable checkpoint.
    @_spi(Internal) public convenience init(
        _ run: TrainedRun, registry: Registry, options: InferenceOptions = InferenceOptions()
    ) throws {
        let (config, checkpoint) = (run.config, run.checkpoint)
        let data = checkpoint.information.data
        guard data.featureCount == nil else {
            throw checkpoint.failure(
                "its network takes features instead of images",
                remedy: "combine its head with the backbone of the features by 'model.weights'")
        }
        let network = try ModelBuilder(registry).network(of: config, classCount: data.classNames.count)
        try checkpoint.load(into: network)
        self.init(
            network, task: network.head.task, data: data,
            transforms: try Self.transforms(config.data, for: network.head.task, registry),
            precision: config.precision, options: options,
            reader: try registry.build(.dataset, config.data.dataset).imageReader)
    }

    /// The transforms of validation, which mark their padding.
    static func transforms(
        _ config: DataConfig, for task: PredictionTask, _ registry: Registry
    ) throws -> [any Transform] {
        let environment = TransformEnvironment(task: task, ignoreIndex: Int(paddingLabel))
        return try config.validationTransforms.map { try registry.build(.transform, $0, environment) }
    }
}
