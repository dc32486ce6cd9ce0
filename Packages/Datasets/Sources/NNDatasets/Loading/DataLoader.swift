import NNLayers

/// Loads the batches of each epoch ahead of their use, on threads of its own.
///
/// The batches are a pure function of the seed, the epoch and the step: they are the same for any number of threads, and
/// an interrupted epoch can be resumed at any step without loading those before it. That is why the epoch is an
/// argument: a loader counts none itself.
///
/// ```swift
/// let train = try ClassFolders(path: "data/cats").cached()
/// let loader = try DataLoader(train, batchSize: 32, transforms: [RandomResizedCrop(size: 224), Flip()], shuffles: true)
/// for epoch in 0..<90 {
///     let batches = loader.batches(epoch: epoch)
///     while let batch = try batches.next() {
///         let logits = network(batch.images, .training(key: key))
///         let loss = crossEntropy(logits, labels: batch.labels)
///     }
/// }
/// ```
///
/// Files are read during an epoch and may be broken, so that each batch may throw. See ``EpochBatches`` for a loop by
/// `for`, and ``BrokenSamplePolicy`` to skip broken files.
public final class DataLoader: Sendable {
    /// The number of batches in an epoch.
    public let count: Int
    /// The number of samples in a batch; of a part, in its share of one.
    public let batchSize: Int
    /// The part of each epoch that is loaded.
    public let part: DataPart
    private let threads: Int
    private let prefetch: Int
    private let sampler: any Sampler
    private let assembler: BatchAssembler

    /// - Parameters:
    ///   - dataset: The samples.
    ///   - batchSize: The number of samples in a batch. The last one of an epoch may have fewer.
    ///   - transforms: Applied to each sample, in this order.
    ///   - batchTransforms: Applied to each batch after that.
    ///   - shuffles: Whether each epoch visits the samples in a new random order, as by ``ShuffleSampler``.
    ///   - sampler: Another order of samples, instead of `shuffles`; nil for their own.
    ///   - normalization: How pixels are normalized; by default to 0...1.
    ///   - dataType: The type of the images: float32 or bfloat16.
    ///   - dropsLast: Whether a last batch that is not full is skipped.
    ///   - threads: The number of threads that load batches; with 0 each is loaded when it is asked for.
    ///   - prefetch: The number of batches that are loaded ahead; at least one a thread.
    ///   - brokenSamples: How samples that cannot be read or transformed are handled.
    ///   - seed: The seed of the order and of all transforms.
    ///   - evaluates: Whether the batches are for evaluation: images of different sizes come in batches of their own,
    ///     so that an epoch may have more than ``count``, and masks are kept as they are, see ``Batch/originals``.
    ///     Where there are masks, images are transformed alone, without crops, flips and rotations.
    ///   - part: The part of each epoch that is loaded, where several processes share the work; all of it by default.
    /// - Throws: ``DatasetError`` where there is no batch, or none for a part, and for transforms of precomputed features.
    public init(
        _ dataset: any Dataset, batchSize: Int = 32, transforms: [any Transform] = [],
        batchTransforms: [any BatchTransform] = [], shuffles: Bool = false, sampler: (any Sampler)? = nil,
        normalization: Normalization = Normalization(), dataType: DataType = .float32, dropsLast: Bool = false,
        threads: Int = 1, prefetch: Int = 3, brokenSamples: BrokenSamplePolicy = .fail, seed: UInt64 = 0,
        evaluates: Bool = false, part: DataPart = .whole
    ) throws(DatasetError) {
        require(batchSize, .count, "DataLoader: batchSize")
        require(0...256 ~= threads, "DataLoader: threads must be from 0 to 256, not \(threads)")
        require(0...65_536 ~= prefetch, "DataLoader: prefetch must be from 0 to 65536, not \(prefetch)")
        require(dataType.isFloatingPoint, "DataLoader: images of type \(dataType)")
        require(!shuffles || sampler == nil, "DataLoader: shuffles and a sampler exclude each other")
        require(!evaluates || batchTransforms.isEmpty, "DataLoader: transforms of batches are for training")
        if dataset.features != nil, !transforms.isEmpty {
            throw DatasetError(
                place: "data", reason: "the data set has features, which cannot be transformed like images",
                remedy: "Leave the transforms out")
        }
        self.batchSize = batchSize
        self.part = part
        self.threads = threads
        self.prefetch = prefetch
        let ownOrder: any Sampler =
            shuffles ? ShuffleSampler(dataset) : SequentialSampler(count: dataset.count)
        self.sampler = sampler ?? ownOrder
        assembler = BatchAssembler(
            dataset: dataset, transforms: transforms, batchTransforms: batchTransforms, normalization: normalization,
            dataType: dataType, policy: brokenSamples, key: RandomKey(seed: seed),
            features: dataset.features?.cast(to: dataType), evaluates: evaluates)
        let sampleCount = self.sampler.order(epoch: 0, key: assembler.key).count
        let size = evaluates ? batchSize : batchSize * part.count
        let loadedCount = evaluates ? part.range(of: sampleCount).count : sampleCount
        count = (loadedCount + (dropsLast ? 0 : size - 1)) / size
        if sampleCount == 0 {
            throw DatasetError(
                place: "data", reason: "the data set has no samples", remedy: "Add images, or choose another split")
        }
        // A part of an evaluation may have nothing to do.
        if count == 0, part.count == 1 || !evaluates {
            throw DatasetError(
                place: "data", reason: "the \(sampleCount) samples do not fill one batch of \(size)",
                remedy: "Make the batches smaller, or keep the last batch although it is not full")
        }
        let rest = sampleCount - (count - 1) * size
        if !evaluates, rest < part.count {
            throw DatasetError(
                place: "data", reason: "the last batch of an epoch has \(rest) samples for \(part.count) processes",
                remedy: "Drop it, or use fewer processes")
        }
    }

    /// The samples.
    public var dataset: any Dataset { assembler.dataset }

    /// The samples that could not be used since the loader was made: the reasons by index.
    public var skippedSamples: [Int: String] {
        Dictionary(uniqueKeysWithValues: skipped.map { ($0.index, $0.reason) })
    }

    /// The same in the order in which they were found, each once, with their files and the epoch.
    public var skipped: [SkippedSample] { assembler.skipped.list }

    /// The indices of the samples of an epoch, in order.
    public func order(epoch: Int) -> [Int] {
        sampler.order(epoch: epoch, key: assembler.key)
    }

    /// A sample as an epoch sees it: transformed, but not normalized.
    /// - Throws: ``ImageError`` for a file that cannot be read or an image that cannot be transformed.
    public func sample(at index: Int, epoch: Int) throws -> Sample {
        try assembler.transformedSample(Draw(index: index), epoch: epoch)
    }

    /// The batches of an epoch.
    /// - Parameters:
    ///   - epoch: The number of the epoch, from 0 on. Each has an order and draws of its own.
    ///   - step: The first batch; those before it are not loaded.
    public func batches(epoch: Int, startingAt step: Int = 0) -> EpochBatches {
        let dataset = assembler.dataset
        let order = order(epoch: epoch)
        require(
            order.allSatisfy { 0..<dataset.count ~= $0 }, "DataLoader: the sampler named a sample that does not exist")
        let (assembler, batchSize, part) = (assembler, batchSize, part)
        let draws = EpochDraws(order, sampleCount: dataset.count)
        let epoch = EpochOrder(number: epoch, indices: order)
        return EpochBatches(
            steps: min(step, count)..<count, threads: threads, prefetch: prefetch
        ) { step in
            if assembler.evaluates {
                let own = part.range(of: draws.count).dropFirst(step * batchSize).prefix(batchSize)
                return try assembler.evaluationBatches(of: draws[own], epoch: epoch)
            }
            let whole = (0..<draws.count).dropFirst(step * batchSize * part.count).prefix(batchSize * part.count)
            let range = part.range(of: whole.count)
            let own = whole.dropFirst(range.lowerBound).prefix(range.count)
            return [try assembler.batch(of: draws[own], epoch: epoch, step: step)]
        }
    }
}

/// The part of an epoch that one of several processes loads.
///
/// For training it is a share of every batch, so that all processes together train on the batches of one that loads
/// `count` times as many samples a batch, in the same order. For evaluation it is a section of the samples, so that each
/// sample is in exactly one part.
public struct DataPart: Hashable, Sendable {
    /// The number of the part, from 0.
    public let index: Int
    /// The number of parts.
    public let count: Int

    /// Everything.
    public static let whole = DataPart(0, of: 1)

    /// One of several parts; traps for an index that is not below the count.
    public init(_ index: Int, of count: Int) {
        require(count >= 1 && 0..<count ~= index, "DataPart: part \(index) of \(count)")
        self.index = index
        self.count = count
    }

    /// The share of so many elements, in their order. The shares of all parts differ by one element at most.
    public func range(of elementCount: Int) -> Range<Int> {
        elementCount * index / count..<elementCount * (index + 1) / count
    }
}
