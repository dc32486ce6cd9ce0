import NNLayers

/// Makes the batches of each epoch on threads of its own, ahead of their use.
///
/// The batches are a pure function of the seed, the epoch and the step: they are the same for any
/// number of threads, and an interrupted epoch goes on at any step without making those before it.
///
/// ```swift
/// let loader = try DataLoader(
///     dataset.cached(), transforms: [Flip()], sampler: ShuffleSampler(count: dataset.count))
/// let batches = loader.batches(epoch: 0)
/// while let batch = try batches.next() { ... }
/// ```
public final class DataLoader: Sendable {
    /// How batches are made.
    public struct Options: Sendable {
        /// Samples a batch.
        public var batchSize = 128
        /// Leaves out a last batch that is not full.
        public var dropsLast = false
        /// The type of the images: float32 or bfloat16.
        public var dataType = DataType.float32
        /// Threads that make batches; with 0 each is made when it is asked for.
        public var threads = 1
        /// Batches that are made ahead; at least one a thread.
        public var prefetch = 3
        public var brokenSamples = BrokenSamplePolicy.fail
        /// Order and augmentation follow from it.
        public var seed: UInt64 = 0

        public init() {}
    }

    /// The number of batches in an epoch.
    public let batchCount: Int
    private let sampler: any Sampler
    private let options: Options
    private let assembler: BatchAssembler

    /// - Parameters:
    ///   - transforms: What is done to each sample.
    ///   - batchTransforms: What is done to each batch after that.
    ///   - sampler: By default the samples come in their order.
    /// - Throws: ``DatasetError`` where there would be no batch, and for transforms of features.
    public init(
        _ dataset: any Dataset, transforms: [any Transform] = [], batchTransforms: [any BatchTransform] = [],
        sampler: (any Sampler)? = nil, normalization: Normalization = Normalization(), options: Options = Options()
    ) throws(DatasetError) {
        require(
            options.batchSize > 0 && options.threads >= 0 && options.dataType.isFloatingPoint,
            "DataLoader: batch size \(options.batchSize), \(options.threads) threads, \(options.dataType)")
        if dataset.features != nil, !transforms.isEmpty {
            throw DatasetError(
                place: "data", reason: "the data set has features, which cannot be transformed like pictures",
                remedy: "Leave the transforms out")
        }
        self.sampler = sampler ?? SequentialSampler(count: dataset.count)
        self.options = options
        assembler = BatchAssembler(
            dataset: dataset, transforms: transforms, batchTransforms: batchTransforms, normalization: normalization,
            dataType: options.dataType, policy: options.brokenSamples, key: RandomKey(seed: options.seed),
            features: dataset.features?.cast(to: options.dataType))
        let count = self.sampler.order(epoch: 0, key: assembler.key).count
        batchCount = (count + (options.dropsLast ? 0 : options.batchSize - 1)) / options.batchSize
        if count == 0 {
            throw DatasetError(
                place: "data", reason: "the data set has no samples", remedy: "Add images, or choose another split")
        }
        if batchCount == 0 {
            throw DatasetError(
                place: "data", reason: "the \(count) samples do not fill one batch of \(options.batchSize)",
                remedy: "Make the batches smaller, or keep the last batch although it is not full")
        }
    }

    /// The samples that could not be used since the loader was made, by index, with the reason.
    public var skippedSamples: [Int: String] { assembler.skipped.reasons }

    /// The order in which an epoch visits the samples.
    public func order(epoch: Int) -> [Int] {
        sampler.order(epoch: epoch, key: assembler.key)
    }

    /// A sample as an epoch sees it: transformed, and not yet normalized.
    /// - Throws: What stops it from being read or transformed.
    public func sample(at index: Int, epoch: Int) throws -> Sample {
        try assembler.transformedSample(Draw(index: index), epoch: epoch)
    }

    /// The batches of an epoch from a step on.
    public func batches(epoch: Int, startingAt step: Int = 0) -> EpochBatches {
        let dataset = assembler.dataset
        let order = order(epoch: epoch)
        require(
            order.allSatisfy { 0..<dataset.count ~= $0 }, "DataLoader: the sampler named a sample that does not exist")
        let (assembler, batchSize, draws) = (assembler, options.batchSize, Draw.draws(order))
        return EpochBatches(
            steps: min(step, batchCount)..<batchCount, threads: options.threads, prefetch: options.prefetch
        ) { step in
            let part = draws[step * batchSize..<min((step + 1) * batchSize, draws.count)]
            return try assembler.batch(of: Array(part), epoch: epoch, step: step)
        }
    }
}
