import NNDatasets
import NNInference
import NNLayers

extension ExportDescription {
    /// Describes a network with the preparation of images in `Predictor`: the transforms of validation, of which
    /// segmentation omits crops, flips and rotations.
    /// - Parameters:
    ///   - name: The name of the configuration or run.
    ///   - config: The configuration.
    ///   - data: The description of the training data.
    ///   - task: The task of the network.
    ///   - imageSize: The image size that the network was made for.
    ///   - ignoreIndex: The label of pixels that do not count.
    ///   - registry: The components of the configuration.
    /// - Throws: `ConfigError` for wrong transforms.
    public init(
        name: String, _ config: ExperimentConfig, _ data: DataDescription, task: PredictionTask, imageSize: Size,
        ignoreIndex: Int? = nil, registry: Registry
    ) throws {
        let components = config.data.validationTransforms
        let transforms = try Predictor.transforms(config.data, for: task, registry)
        let preparation = zip(components, transforms).flatMap { component, transform -> [ImagePreparation] in
            if task.isDense, !transform.keepsLayout { return [] }
            return transform.preparation ?? [.other(component.node.flowText)]
        }
        self.init(
            name: name, classNames: data.classNames, mean: data.normalization.mean,
            standardDeviation: data.normalization.standardDeviation, imageSize: imageSize, thresholds: data.thresholds,
            preparation: preparation, classColors: data.classColors?.map(\.code), ignoreIndex: ignoreIndex,
            isUpright: try registry.build(.dataset, config.data.dataset).imageReader.orientation == .apply)
    }
}
