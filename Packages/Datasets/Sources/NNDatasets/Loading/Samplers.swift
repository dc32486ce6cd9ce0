import Foundation
import NNLayers

/// Chooses which samples of a data set an epoch visits, and in which order. A sampler is made for one data set.
///
/// ```swift
/// struct EverySecond: Sampler {
///     let count: Int
///     func order(epoch: Int, key: RandomKey) -> [Int] { (0..<count / 2).map { 2 * $0 + epoch % 2 } }
/// }
///
/// try registry.register(.sampler, "every_second", summary: "Half of the samples") { environment in
///     EverySecond(count: environment.dataset.count)
/// }
/// ```
public protocol Sampler: Sendable {
    /// The indices of the samples of an epoch. It may skip or repeat samples, but every epoch must have the same number
    /// of them.
    /// - Parameter key: The only source of randomness, which depends on nothing but the seed.
    func order(epoch: Int, key: RandomKey) -> [Int]
}

/// What samplers may depend on.
public struct SamplerEnvironment: Sendable {
    /// The data set whose samples are visited.
    public var dataset: any Dataset
    /// The labels of each sample; they are counted, or looked up, when this is called.
    public var labelTable: @Sendable () throws -> LabelTable

    /// - Parameter labelTable: The labels of each sample; by default all labels of the data set are read.
    public init(dataset: any Dataset, labelTable: (@Sendable () throws -> LabelTable)? = nil) {
        self.dataset = dataset
        self.labelTable = labelTable ?? { try LabelTable(of: dataset) }
    }
}

extension ComponentKind<SamplerEnvironment, any Sampler> {
    /// Samplers.
    public static var sampler: Self { Self("sampler") }
}

/// Visits the samples in their order.
public struct SequentialSampler: Sampler {
    private let count: Int

    /// - Parameter count: The number of samples.
    public init(count: Int) { self.count = count }

    public func order(epoch: Int, key: RandomKey) -> [Int] { Array(0..<count) }
}

/// Visits each sample once, in a new random order in each epoch.
///
/// Of files with many samples each, such as shards, an order of all samples would read all over the disk. There the
/// files are shuffled, and their samples pass in sequence through a buffer, from which one is drawn at a time: samples
/// are read from few places that move forward, and neighbours are drawn about as far apart as the buffer is long. A data
/// set that fits into the buffer is shuffled completely.
public struct ShuffleSampler: Sampler {
    private let count: Int
    private let groups: [Range<Int>]
    private let buffer: Int

    /// - Parameters:
    ///   - count: The number of samples.
    ///   - groups: The samples of each file, where files have many: all of the data set's, in their order. By default
    ///     none.
    ///   - buffer: The number of samples of files that are mixed at a time.
    public init(count: Int, groups: [Range<Int>] = [], buffer: Int = 10_000) {
        requireOptions("ShuffleSampler") { try Self.check(buffer) }
        var end = 0
        for group in groups {
            require(group.lowerBound == end, "ShuffleSampler: a group begins with \(group.lowerBound), not \(end)")
            end = group.upperBound
        }
        require(groups.isEmpty || end == count, "ShuffleSampler: groups of \(end) of the \(count) samples")
        self.count = count
        self.groups = groups
        self.buffer = buffer
    }

    /// A sampler of a data set, by the files that its samples lie in.
    /// - Parameters:
    ///   - dataset: The samples.
    ///   - buffer: The number of samples of files that are mixed at a time.
    public init(_ dataset: any Dataset, buffer: Int = 10_000) {
        self.init(count: dataset.count, groups: dataset.storageGroups.map(\.samples), buffer: buffer)
    }

    public func order(epoch: Int, key: RandomKey) -> [Int] {
        let key = key.derived("order").derived(UInt64(epoch))
        if groups.isEmpty || count <= buffer { return key.permutation(count) }
        var random = RandomGenerator(key: key.derived("buffer"))
        var (order, waiting): ([Int], [Int]) = ([], [])
        order.reserveCapacity(count)
        waiting.reserveCapacity(buffer)
        for group in key.derived("groups").permutation(groups.count) {
            for index in groups[group] {
                if waiting.count < buffer {
                    waiting.append(index)
                    continue
                }
                let drawn = random.index(below: buffer)
                order.append(waiting[drawn])
                waiting[drawn] = index
            }
        }
        for position in key.derived("rest").permutation(waiting.count) { order.append(waiting[position]) }
        return order
    }

    fileprivate static func check(_ buffer: Int) throws(OptionError) {
        guard buffer >= 1 else { throw OptionError("buffer", "must be 1 or more, not \(buffer)") }
    }
}

extension ShuffleSampler {
    /// Options of ``ShuffleSampler``.
    struct Options: BuildableOptions {
        /// The number of samples that are mixed at a time, where files have many, such as shards.
        var buffer = 10_000

        init() {}

        func validate() throws { try ShuffleSampler.check(buffer) }

        func build(_ environment: SamplerEnvironment, in registry: Registry) -> any Sampler {
            ShuffleSampler(environment.dataset, buffer: buffer)
        }
    }
}

/// Visits each class equally often: an epoch has as many samples as the data set, and those of rare classes repeatedly.
///
/// Samples of a class are drawn with replacement. An image with a mask or with several labels belongs to every class in
/// it.
///
/// ```swift
/// let sampler = try BalancedSampler(labels: LabelTable(of: train), classCount: train.classNames.count)
/// ```
public struct BalancedSampler: Sampler {
    private let count: Int
    /// The samples of each class that occurs.
    private let members: [[Int]]

    /// - Parameters:
    ///   - labels: The labels of each sample.
    ///   - classCount: The number of classes.
    ///   - drawsUnlabelled: Whether samples without a label are drawn too, as a class of their own, as for multi-label
    ///     data, where they are examples of no class; false by default.
    /// - Throws: ``DatasetError`` where no class occurs.
    public init(labels: LabelTable, classCount: Int, drawsUnlabelled: Bool = false) throws(DatasetError) {
        count = labels.count
        let classes = labels.samplesOfClasses(classCount).filter { !$0.isEmpty }
        if classes.isEmpty { throw LabelTable.noLabels }
        let unlabelled = drawsUnlabelled ? labels.unlabelledSamples : []
        members = classes + (unlabelled.isEmpty ? [] : [unlabelled])
    }

    public func order(epoch: Int, key: RandomKey) -> [Int] {
        let key = key.derived("balanced").derived(UInt64(epoch))
        // The classes in turn, starting with another one in each epoch; then the positions are shuffled.
        var random = RandomGenerator(key: key)
        let first = random.index(below: members.count)
        let positions = key.derived("places").permutation(count)
        let draws = key.derived("draws")
        return positions.map { position in
            let samples = members[(first + position) % members.count]
            var random = RandomGenerator(key: draws.derived(UInt64(position)))
            return samples[random.index(below: samples.count)]
        }
    }
}

/// Visits images with rare classes more often (Hoyer et al. 2022, DAFormer): it draws a class first, then one of the
/// images that contain it.
///
/// A class with the share f of all pixels is drawn with a probability proportional to exp((1 - f) / T).
///
/// ```swift
/// let sampler = try RareClassSampler(labels: LabelTable(of: train), classCount: 19)
/// ```
public struct RareClassSampler: Sampler {
    private let count: Int
    /// The samples of each class that occurs.
    private let members: [[Int]]
    /// The cumulative probabilities of these classes; the last is 1.
    private let sums: [Double]

    /// - Parameters:
    ///   - labels: The labels of each sample.
    ///   - classCount: The number of classes.
    ///   - temperature: T, above 0: smaller values favour rare classes more.
    ///   - minimumPixels: How many pixels of a class an image must contain; if none does, one pixel is enough.
    /// - Throws: ``DatasetError`` where no class occurs.
    public init(
        labels: LabelTable, classCount: Int, temperature: Double = 0.01, minimumPixels: Int = 3000
    ) throws(DatasetError) {
        requireOptions("RareClassSampler") { try Self.check(temperature, minimumPixels) }
        count = labels.count
        let totals = labels.totals(classCount: classCount)
        let present = totals.indices.filter { totals[$0] > 0 }
        guard let rarest = present.map({ totals[$0] }).min() else { throw LabelTable.noLabels }
        let all = labels.samplesOfClasses(classCount)
        let rich = labels.samplesOfClasses(classCount, minimumCount: minimumPixels)
        members = present.map { rich[$0].isEmpty ? all[$0] : rich[$0] }
        // Divided by the largest of them, which prevents overflow.
        let pixelCount = Double(totals.reduce(0, +))
        let weights = present.map { exp(Double(rarest - totals[$0]) / (pixelCount * temperature)) }
        let sum = weights.reduce(0, +)
        var partial = 0.0
        sums = weights.map { weight in
            partial += weight / sum
            return partial
        }
    }

    fileprivate static func check(_ temperature: Double, _ minimumPixels: Int) throws(OptionError) {
        guard temperature > 0, temperature.isFinite else {
            throw OptionError("temperature", "must be above 0, not \(temperature)")
        }
        guard minimumPixels >= 1 else { throw OptionError("minimum_pixels", "must be 1 or more, not \(minimumPixels)") }
    }

    public func order(epoch: Int, key: RandomKey) -> [Int] {
        let key = key.derived("rare classes").derived(UInt64(epoch))
        return (0..<count).map { index in
            var random = RandomGenerator(key: key.derived(UInt64(index)))
            let number = random.unit()
            // Rounding may leave the last sum below 1.
            let samples = members[sums.firstIndex { number < $0 } ?? members.count - 1]
            return samples[random.index(below: samples.count)]
        }
    }
}

extension RareClassSampler {
    /// Options of ``RareClassSampler``.
    struct Options: BuildableOptions {
        /// T: smaller values favour rare classes more.
        var temperature = 0.01
        /// How many pixels of a class an image must contain; if none does, one pixel is enough.
        var minimumPixels = 3000

        init() {}

        func validate() throws { try RareClassSampler.check(temperature, minimumPixels) }

        func build(_ environment: SamplerEnvironment, in registry: Registry) throws -> any Sampler {
            try LabelTable.checkClasses(of: environment.dataset, for: "rare_classes")
            return try RareClassSampler(
                labels: environment.labelTable(), classCount: environment.dataset.classNames.count,
                temperature: temperature, minimumPixels: minimumPixels)
        }
    }
}
