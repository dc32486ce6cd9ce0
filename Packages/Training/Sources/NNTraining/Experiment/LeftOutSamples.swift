import NNDatasets
import NNLayers

/// The training samples that epochs leave out.
@_spi(Internal) public struct LeftOutSamples: Sendable, Hashable {
    /// The samples of an epoch that are left over, since they do not fill a batch.
    public let leftOver: Int
    /// The number of samples of the data set.
    public let sampleCount: Int
    /// The samples that are in no batch of any epoch, where that is not by chance.
    public let unseen: [Int]
    /// The name of the first of them.
    let firstName: String
    /// The classes of which no sample is in any batch.
    let lostClasses: [String]
    /// Whether each epoch has the same order.
    let isFixed: Bool

    /// A warning about samples that no epoch has.
    var warnings: [ConfigWarning] {
        if unseen.isEmpty { return [] }
        let classes =
            lostClasses.isEmpty
            ? ""
            : "; of \(lostClasses.count > 1 ? "the classes" : "the class") "
                + lostClasses.prefix(5).map { "'\($0)'" }.joined(separator: ", ") + " there is no other sample"
        let reason =
            isFixed && leftOver > 0
            ? "the last batch is incomplete and left out, and the order is always the same"
            : "the sampler draws none of them"
        return [
            ConfigWarning(
                "data.sampler",
                "\(unseen.count) of \(sampleCount) training samples are left out of all epochs, \(firstName) first: "
                    + reason + classes,
                remedy: isFixed && leftOver > 0
                    ? "use the sampler 'shuffle', or a batch_size that divides \(sampleCount)"
                    : "use the sampler 'shuffle' to see all")
        ]
    }
}

extension Experiment {
    /// The largest number of draws to simulate.
    private static let largestDrawCount = 20_000_000

    /// The training samples that epochs leave out, found by drawing the samples of all epochs; nil for features without a
    /// sample left over, and where masks would have to be read.
    /// - Parameter readsLabels: Whether masks may be read for a sampler that draws by class.
    /// - Throws: `ConfigError` for a wrong sampler, or `DatasetError`.
    @_spi(Internal) public func leftOutSamples(readsLabels: Bool) throws -> LeftOutSamples? {
        let isByClass = !["shuffle", "sequential"].contains(config.data.sampler.name ?? "")
        if isByClass, source.task.isDense, !readsLabels { return nil }
        let (dataset, loader) = (try dataset(.train), try makeTrainingLoader())
        let first = loader.order(epoch: 0)
        let used = min(loader.count * loader.batchSize * loader.part.count, first.count)
        let options = TrainingOptions(config)
        let epochs = options.epochCount(stepsPerEpoch: options.stepsPerEpoch(batchCount: loader.count))
        let isFixed = epochs > 1 && loader.order(epoch: 1) == first
        // A new order of all samples leaves out others in each epoch.
        let isComplete = first.count == dataset.count && Set(first).count == dataset.count
        var unseen: [Int] = []
        if isFixed || !isComplete {
            var isSeen = [Bool](repeating: false, count: dataset.count)
            var (left, drawn) = (dataset.count, 0)
            for epoch in 0..<(isFixed ? 1 : epochs) where left > 0 {
                for index in loader.order(epoch: epoch).prefix(used) where !isSeen[index] {
                    isSeen[index] = true
                    left -= 1
                }
                drawn += used
                // Later epochs would still show some of them.
                if drawn > Self.largestDrawCount { left = 0 }
            }
            if left > 0 { unseen = isSeen.indices.filter { !isSeen[$0] } }
        }
        return LeftOutSamples(
            leftOver: first.count - used, sampleCount: dataset.count, unseen: unseen,
            firstName: unseen.first.map { dataset.files(at: $0).first ?? "sample \($0)" } ?? "",
            lostClasses: source.task.isDense ? [] : lostClasses(of: dataset, unseen), isFixed: isFixed)
    }

    private func lostClasses(of dataset: any Dataset, _ unseen: [Int]) -> [String] {
        guard !unseen.isEmpty, dataset.labelKind != .values else { return [] }
        func labels(_ indices: some Sequence<Int>) -> Set<Int> {
            indices.reduce(into: []) { labels, index in
                labels.formUnion(((try? dataset.labelCounts(at: index)) ?? [:]).keys)
            }
        }
        let lost = Set(unseen)
        let kept = labels((0..<dataset.count).lazy.filter { !lost.contains($0) })
        return labels(unseen).subtracting(kept).sorted().compactMap {
            dataset.classNames.indices.contains($0) ? dataset.classNames[$0] : nil
        }
    }
}
