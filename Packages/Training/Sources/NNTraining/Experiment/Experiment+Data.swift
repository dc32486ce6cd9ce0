import NNDatasets
import NNLayers

extension Experiment {
    /// The training samples, in the order of the configuration's sampler.
    ///
    /// A last batch that is not full is left out, unless it is the only one: its few samples would count
    /// more than the others, and make poor batch statistics.
    public func makeTrainingLoader() throws -> DataLoader {
        let (dataset, labels) = (try dataset(.train), try labels())
        return try DataLoader(
            dataset, batchSize: config.data.batchSize, transforms: transforms(config.data.trainTransforms),
            batchTransforms: config.data.batchTransforms.map {
                try registry.build(.batchTransform, from: $0, transformEnvironment())
            },
            sampler: registry.build(
                .sampler, from: config.data.sampler,
                SamplerEnvironment(dataset: dataset, labelTable: { try labels.table() })),
            normalization: config.data.normalize ?? Normalization(), dataType: config.precision.dataType,
            dropsLast: dataset.count >= config.data.batchSize, threads: config.data.loaderThreads,
            brokenSamples: config.data.onError, seed: config.seed)
    }

    /// All samples of a split in their order, prepared as for validation.
    /// - Parameter keepsSamples: Whether they are kept in memory, to be seen again.
    public func makeLoader(_ split: Split, keepsSamples: Bool = true) throws -> DataLoader {
        try DataLoader(
            dataset(split, keepsSamples: keepsSamples), batchSize: config.data.batchSize,
            transforms: transforms(config.data.validationTransforms),
            normalization: config.data.normalize ?? Normalization(), dataType: config.precision.dataType,
            threads: config.data.loaderThreads, brokenSamples: config.data.onError, seed: config.seed)
    }

    func transforms(_ nodes: [ConfigNode]) throws -> [any Transform] {
        try checkPreparation()
        let environment = try transformEnvironment()
        return try nodes.map { try registry.build(.transform, from: $0, environment) }
    }

    private func transformEnvironment() throws -> TransformEnvironment {
        TransformEnvironment(task: source.task, ignoreIndex: try dataset(.train).ignoreIndex)
    }

    /// The size of images of a split as the network sees them, found by transforming the first one; with
    /// `on_error: skip`, the first that can be read. Features have no size but that of one pixel.
    public func imageSize(_ split: Split) throws -> Size {
        if try dataset(split).features != nil { return 1 }
        let nodes = split == .train ? config.data.trainTransforms : config.data.validationTransforms
        var sample = try firstSample(of: dataset(split))
        var random = RandomGenerator(key: RandomKey(seed: config.seed))
        for transform in try transforms(nodes) { sample = try transform(sample, random: &random) }
        return sample.image.size
    }

    private func firstSample(of dataset: any Dataset) throws -> Sample {
        if config.data.onError == .skip {
            for index in 0..<dataset.count {
                if let sample = try? dataset.sample(at: index) { return sample }
            }
        }
        return try dataset.sample(at: 0)
    }
}
