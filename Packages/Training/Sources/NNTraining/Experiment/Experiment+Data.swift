@_spi(Internal) import NNDatasets
import NNInference
import NNLayers
import Synchronization

extension Experiment {
    /// Builds the loader of training samples, in the order of the configured sampler.
    ///
    /// An incomplete last batch is dropped, unless it is the only one: its few samples would have more weight
    /// than others, and give poor batch statistics.
    /// - Throws: `ConfigError` for wrong transforms or a wrong sampler, or `DatasetError`.
    public func makeTrainingLoader() throws -> DataLoader {
        let (dataset, labels) = (try dataset(.train), try labels())
        return try DataLoader(
            dataset, batchSize: config.data.batchSize, transforms: transforms(config.data.trainTransforms),
            batchTransforms: config.data.batchTransforms.map {
                try registry.build(.batchTransform, $0, transformEnvironment())
            },
            sampler: registry.build(
                .sampler, config.data.sampler,
                SamplerEnvironment(dataset: dataset, labelTable: { try labels.table() })),
            normalization: normalization, dataType: config.precision.dataType,
            dropsLast: dataset.count >= config.data.batchSize * part.count, threads: config.data.loaderThreads,
            brokenSamples: config.data.onError, seed: config.seed, part: part)
    }

    /// Builds the loader of all samples of a split in order, for evaluation, with the transforms of validation.
    /// - Parameters:
    ///   - split: The split.
    ///   - keepsSamples: Whether decoded samples are cached as configured, the default.
    ///   - part: The part of the samples; all of them by default.
    /// - Throws: `ConfigError` for wrong transforms, or `DatasetError`.
    public func makeLoader(
        _ split: Split, keepsSamples: Bool = true, part: DataPart = .whole
    ) throws -> DataLoader {
        try DataLoader(
            dataset(split, keepsSamples: keepsSamples),
            batchSize: config.data.validationBatchSize ?? config.data.batchSize, transforms: validationTransforms(),
            normalization: normalization, dataType: config.precision.dataType,
            threads: config.data.loaderThreads, brokenSamples: config.data.onError, seed: config.seed,
            evaluates: true, part: part)
    }

    /// The transforms of validation as prediction applies them: for segmentation those that keep the layout, which mark
    /// their padding.
    func validationTransforms() throws -> [any Transform] {
        try checkPreparation()
        let transforms = try Predictor.transforms(config.data, for: source.task, registry)
        return source.task.isDense ? transforms.filter(\.keepsLayout) : transforms
    }

    /// The names of the transforms of validation that segmentation leaves out, such as `center_crop`.
    /// - Throws: `ConfigError` for wrong transforms.
    @_spi(Internal) public func omittedTransforms() throws -> [String] {
        guard source.task.isDense else { return [] }
        let transforms = try Predictor.transforms(config.data, for: source.task, registry)
        return zip(config.data.validationTransforms, transforms).filter { !$1.keepsLayout }.map { $0.0.name ?? "" }
    }

    /// Builds the transforms of the samples of a split.
    /// - Throws: `ConfigError` for wrong transforms, or `DatasetError`.
    public func transforms(of split: Split) throws -> [any Transform] {
        try transforms(split == .train ? config.data.trainTransforms : config.data.validationTransforms)
    }

    func transforms(_ components: [Component<TransformEnvironment, any Transform>]) throws -> [any Transform] {
        try checkPreparation()
        let environment = try transformEnvironment()
        return try components.map { component in
            let transform = try registry.build(.transform, component, environment)
            try transform.imageSupport.check(source.imageReader, of: component)
            return transform
        }
    }

    /// The configured normalization; pixels from 0 to 1 without one.
    public var normalization: Normalization {
        config.data.normalize ?? Normalization(channels: source.imageReader.channels)
    }

    func transformEnvironment() throws -> TransformEnvironment {
        TransformEnvironment(task: source.task, ignoreIndex: try dataset(.train).ignoreIndex)
    }

    /// The size of the transformed images of a split, found by transforming the first sample; with
    /// `on_error: skip`, the first readable one. Features have the size of one pixel. Without validation samples, those of
    /// training are transformed for validation.
    /// - Throws: `ConfigError` for wrong transforms, `DatasetError`, or `ImageError` for an unreadable sample.
    public func imageSize(_ split: Split) throws -> Size {
        if try exemplary(split).features != nil { return 1 }
        let transforms = try split == .train ? transforms(config.data.trainTransforms) : validationTransforms()
        var sample = try firstSample(of: exemplary(split), for: transforms)
        var random = RandomGenerator(key: RandomKey(seed: config.seed))
        for transform in transforms { sample = try transform.applied(to: sample, random: &random) }
        return sample.image.size
    }

    func firstSample(of dataset: any Dataset, for transforms: [any Transform]) throws -> Sample {
        if config.data.onError == .skip {
            for index in 0..<dataset.count {
                if let sample = try? dataset.sample(at: index, for: transforms) { return sample }
            }
        }
        return try dataset.sample(at: 0, for: transforms)
    }
}

extension Experiment {
    /// The configuration of the network, completed by the data set: the option `in_channels` of the backbone follows the
    /// images, and a null option `channels` becomes the number of features.
    /// - Throws: `DatasetError`, or `ConfigError` for a wrong backbone.
    public func model() throws -> ModelConfig {
        var model = config.model
        model.backbone = try ModelBuilder(registry).backbone(model.backbone, of: source.imageReader)
        if let features = try dataset(.train).features {
            model.backbone = try registry.resolve(.backbone, model.backbone)
            var node = model.backbone.node
            if node["channels"]?.isNull == true, var entries = node.entries {
                for index in entries.indices where entries[index].key == "channels" {
                    entries[index].value.content = .integer(features.shape[1])
                }
                node.content = .mapping(entries)
                model.backbone = Component(node)
            }
        }
        return model
    }

    /// Refuses a backbone for images with a data set of features, and vice versa.
    func checkInput(of network: Network) throws {
        let channels = network.backbone.inputChannels
        let features = try dataset(.train).features?.shape[1]
        let images = source.imageReader.channels
        // One channel takes the luminance of three.
        let fits = features.map { $0 == channels } ?? (channels == images || channels == 1 && images == 3)
        if fits { return }
        let luminance = images == 3 ? ", or to 1 for luminance" : ""
        throw ConfigError(
            features.map { "the data set has \($0) features per sample, and the backbone takes \(channels) channels" }
                ?? "the data set has images of \(images) channels, and the backbone takes \(channels)",
            remedy: features == nil
                ? "set in_channels to \(images)\(luminance); a backbone for features needs the data set 'features'"
                : "use the backbone 'features', and leave its 'channels' out",
            at: config.model.backbone.node)
    }

    /// Refuses transforms and normalization of features.
    func checkPreparation() throws {
        if let normalize = config.data.normalize { try normalize.check(source.imageReader) }
        guard try dataset(.train).features != nil else { return }
        let remedy = "leave it out; the images were transformed before their features were extracted"
        if let transform = (config.data.trainTransforms + config.data.validationTransforms).first {
            throw ConfigError(
                "the data set has features, which cannot be transformed", remedy: remedy, at: transform.node)
        }
        if config.data.normalize != nil {
            throw ConfigError(
                "the data set has features, which are not normalized", remedy: remedy, keyPath: "data.normalize")
        }
    }
}

/// The labels of a data set, counted once on demand.
final class LabelTableCache: Sendable {
    private let dataset: any Dataset
    private let brokenSamples: BrokenSamplePolicy
    private let known = Mutex<LabelTable?>(nil)

    /// - Parameter brokenSamples: Whether unreadable samples are skipped or are an error.
    init(_ dataset: any Dataset, brokenSamples: BrokenSamplePolicy) {
        self.dataset = dataset
        self.brokenSamples = brokenSamples
    }

    /// - Throws: The data set's error for the first unreadable sample.
    func table() throws -> LabelTable {
        try known.withLock { known in
            if let known { return known }
            let table = try LabelTable(of: dataset, brokenSamples: brokenSamples)
            known = table
            return table
        }
    }
}

extension Experiment {
    /// The description of the backbone and the images for a file of features.
    /// - Throws: `DatasetError` if the data set cannot be listed.
    @_spi(Internal) public func featureDescription(of backbone: any Backbone) throws -> FeatureFile.Description {
        var hash = ContentHash()
        for entry in backbone.stateDictionary.entries {
            hash.add(entry.name)
            entry.tensor.withUnsafeBytes { hash.add($0) }
        }
        return FeatureFile.Description(
            classNames: try dataset(.train).classNames, backbone: config.model.backbone.node.flowText,
            weights: hash.text,
            normalization: normalization,
            transforms: config.data.validationTransforms.map(\.node.flowText), task: source.task)
    }
}
