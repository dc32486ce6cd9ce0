import NNLayers

/// Reads samples, transforms them, and writes them normalized into batches.
struct BatchAssembler: Sendable {
    let dataset: any Dataset
    let transforms: [any Transform]
    let batchTransforms: [any BatchTransform]
    let normalization: Normalization
    let dataType: DataType
    let policy: BrokenSamplePolicy
    /// The key of all draws, which depends on nothing but the seed.
    let key: RandomKey
    /// The data set's features in the type of the batches; nil for images.
    let features: Tensor?
    /// Whether the batches are for evaluation.
    let evaluates: Bool
    let skipped = SkippedSamples()

    /// - Parameter epoch: The samples of the epoch, of which some may stand in for broken ones.
    func batch(of draws: [Draw], epoch: EpochOrder, step: Int) throws -> Batch {
        var batch = try assembledBatch(of: draws, epoch: epoch)
        var random = RandomGenerator(key: key.derived("mixing").derived(UInt64(epoch.number)).derived(UInt64(step)))
        for transform in batchTransforms { batch = transform(batch, random: &random) }
        return batch
    }

    private func assembledBatch(of draws: [Draw], epoch: EpochOrder) throws -> Batch {
        if let features { return try batch(of: draws.map(\.index), features) }
        return try batch(of: draws.map { try loaded($0, epoch: epoch) }[...])
    }

    /// The batches of a step of an evaluation, in order: images of another size begin another batch.
    func evaluationBatches(of draws: [Draw], epoch: EpochOrder) throws -> [Batch] {
        if let features { return [try batch(of: draws.map(\.index), features)] }
        let all = try draws.map { try loaded($0, epoch: epoch) }
        let starts = all.indices.filter { $0 == 0 || all[$0].sample.image.size != all[$0 - 1].sample.image.size }
        return try zip(starts, starts.dropFirst() + [all.count]).map { try batch(of: all[$0..<$1]) }
    }

    /// A transformed sample that was drawn, or its replacement.
    private struct Loaded {
        var draw: Draw
        var sample: Sample
        /// The index of the sample, which is not that of the draw where it is a replacement.
        var index: Int
        var original: OriginalMask?
    }

    private func batch(of loaded: ArraySlice<Loaded>) throws -> Batch {
        let first = loaded[loaded.startIndex].sample
        let size = first.image.size
        var images = Tensor(
            uninitialized: [loaded.count, size.height, size.width, normalization.channels], dataType: dataType)
        var labels = first.target.labels(count: loaded.count, imageSize: size)
        for (position, entry) in loaded.enumerated() {
            try checkForm(entry.sample, as: first)
            images.withMutableRow(position) { normalization.write(entry.sample.image, to: $0, as: dataType) }
            try labels.withMutableRow(position) { try write(entry.sample, to: $0) }
        }
        let standIns = Set(loaded.enumerated().filter { $0.element.index != $0.element.draw.index }.map(\.offset))
        var batch = Batch(images: images, labels: labels, indices: loaded.map(\.index), standIns: standIns)
        if loaded.allSatisfy({ $0.original != nil }) { batch.originals = loaded.compactMap(\.original) }
        return batch
    }

    /// The sample of a draw, or its replacement.
    private func loaded(_ draw: Draw, epoch: EpochOrder) throws -> Loaded {
        do {
            return try loaded(draw.index, for: draw, epoch: epoch.number)
        } catch  where policy == .skip {
            try skip(draw.index, error, epoch)
        }
        for candidate in standIns(for: draw, epoch: epoch) {
            do {
                return try loaded(candidate, for: draw, epoch: epoch.number)
            } catch {
                try skip(candidate, error, epoch)
            }
        }
        throw skipped.failure(
            "neither sample \(draw.index) can be used nor any of those that were drawn in its place", of: dataset)
    }

    private func loaded(_ index: Int, for draw: Draw, epoch: Int) throws -> Loaded {
        let own = Draw(index: index, repetition: draw.repetition)
        let sample = try dataset.sample(at: index, for: transforms)
        if evaluates, case .mask = sample.target, dataset.labelKind == .classes {
            let (prepared, original) = try evaluated(sample)
            return Loaded(draw: draw, sample: prepared, index: index, original: original)
        }
        return Loaded(draw: draw, sample: try transformed(sample, own, epoch: epoch), index: index)
    }

    /// - Throws: ``DatasetError`` once more than half of the samples are known to be unusable.
    private func skip(_ index: Int, _ error: any Error, _ epoch: EpochOrder) throws(DatasetError) {
        let count = skipped.insert(index, of: dataset, reason: String(describing: error), epoch: epoch.number)
        let total = min(epoch.indices.count, dataset.count)
        if count >= SkippedSamples.toleratedCount, 2 * count > total {
            throw skipped.failure("\(count) of \(total) samples cannot be used", of: dataset)
        }
    }

    /// The samples that are tried in the place of a broken one, in order: those of the epoch at random, so that a broken
    /// folder is left at once, and by nothing but the seed, the epoch and the sample.
    private func standIns(for draw: Draw, epoch: EpochOrder) -> [Int] {
        var key = key.derived("stand-ins").derived(UInt64(epoch.number)).derived(UInt64(draw.index))
        if draw.repetition > 0 { key = key.derived(UInt64(draw.repetition)) }
        let indices = epoch.indices
        if indices.count <= SkippedSamples.standInCount {
            return key.permutation(indices.count).map { indices[$0] }.filter { $0 != draw.index }
        }
        var random = RandomGenerator(key: key)
        return (0..<SkippedSamples.standInCount).map { _ in indices[random.index(below: indices.count)] }
            .filter { $0 != draw.index }
    }

    /// The prepared image of a sample, and its mask as it was read.
    private func evaluated(_ sample: Sample) throws -> (sample: Sample, original: OriginalMask) {
        var labels = Tensor(uninitialized: [1, sample.image.height, sample.image.width], dataType: .int32)
        try labels.withMutableRow(0) { try write(sample, to: $0) }
        let prepared = try PreparedImage(sample.image, name: sample.name, transforms: transforms)
        return (
            Sample(image: prepared.image, target: .label(0), name: sample.name),
            OriginalMask(labels: labels, region: prepared.region)
        )
    }

    func transformedSample(_ draw: Draw, epoch: Int) throws -> Sample {
        try transformed(dataset.sample(at: draw.index, for: transforms), draw, epoch: epoch)
    }

    private func transformed(_ original: Sample, _ draw: Draw, epoch: Int) throws -> Sample {
        var key = key.derived("augmentation").derived(UInt64(epoch)).derived(UInt64(draw.index))
        if draw.repetition > 0 { key = key.derived(UInt64(draw.repetition)) }
        var random = RandomGenerator(key: key)
        var sample = original
        for transform in transforms { sample = try transform.applied(to: sample, random: &random) }
        return sample
    }

    /// Rows of precomputed features.
    private func batch(of indices: [Int], _ features: Tensor) throws -> Batch {
        let width = features.shape[1]
        var images = Tensor(uninitialized: [indices.count, 1, 1, width], dataType: dataType)
        for (position, index) in indices.enumerated() {
            features.withRow(index) { row in images.withMutableRow(position) { $0.copyMemory(from: row) } }
        }
        return Batch(images: images, labels: try labels(ofFeatures: indices), indices: indices)
    }

    private func labels(ofFeatures indices: [Int]) throws -> Tensor {
        guard dataset.labelKind == .classes else {
            let targets = try indices.map { try dataset.target(at: $0) }
            var labels = targets[0].labels(count: indices.count, imageSize: 1)
            for (position, target) in targets.enumerated() {
                guard case .values(let values) = target, target.form == targets[0].form else {
                    throw DatasetError(
                        place: "sample \(indices[position])",
                        reason: "it has \(target.form), the first one of its batch \(targets[0].form)",
                        remedy: "Give all samples values of one shape")
                }
                labels.withMutableRow(position) { row in values.floats.withUnsafeBytes { row.copyMemory(from: $0) } }
            }
            return labels
        }
        return Tensor(
            try indices.map { index in
                try dataset.labelCounts(at: index).keys.first.map(Int32.init) ?? Int32(dataset.ignoreIndex ?? -1)
            })
    }

    private func checkForm(_ sample: Sample, as first: Sample) throws(ImageError) {
        let image = sample.image
        if image.size != first.image.size {
            throw ImageError(
                file: sample.name,
                reason: "its \(image.size) pixels cannot share a batch with the \(first.image.size) of \(first.name)",
                remedy: "Add 'resize' or a crop to the transforms, so that all images get one size")
        }
        if image.channels != normalization.channels {
            throw ImageError(
                file: sample.name,
                reason: "the image has \(image.channels) channels, and the normalization \(normalization.channels)",
                remedy: "Give all images of the data set one number of channels, and a mean and a deviation for each")
        }
        if sample.target.form != first.target.form {
            throw ImageError(
                file: sample.name,
                reason: "it has \(sample.target.form), unlike \(first.name) with \(first.target.form)",
                remedy: "Label all samples alike")
        }
        if !sample.target.form.isOf(dataset.labelKind) {
            throw ImageError(
                file: sample.name,
                reason: "it has \(sample.target.form), and its data set declares \(dataset.labelKind.noun)",
                remedy: "Declare the kind of labels by 'labelKind' of the data set")
        }
    }
}

/// The samples of an epoch.
struct EpochOrder: Sendable {
    /// From 0 on.
    var number: Int
    /// In the order of the sampler.
    var indices: [Int]
}

/// A sample in an epoch. A sampler may draw it several times, and each time it is transformed anew.
struct Draw: Sendable {
    var index: Int
    /// How often it was drawn before in the epoch.
    var repetition = 0
}

/// The draws of an epoch, in order: 8 bytes each, and 4 more only where a sample is drawn several times.
struct EpochDraws: Sendable {
    private let order: [Int]
    private let repetitions: [UInt32]

    init(_ order: [Int], sampleCount: Int) {
        self.order = order
        var isDrawn = [Bool](repeating: false, count: sampleCount)
        let repeats = order.contains { index in
            defer { isDrawn[index] = true }
            return isDrawn[index]
        }
        var counts = [UInt32](repeating: 0, count: repeats ? sampleCount : 0)
        repetitions =
            !repeats
            ? []
            : order.map { index in
                defer { counts[index] += 1 }
                return counts[index]
            }
    }

    var count: Int { order.count }

    subscript(positions: Range<Int>) -> [Draw] {
        positions.map { Draw(index: order[$0], repetition: repetitions.isEmpty ? 0 : Int(repetitions[$0])) }
    }
}
