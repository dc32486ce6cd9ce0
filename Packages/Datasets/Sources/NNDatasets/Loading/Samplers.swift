import Foundation
import NNLayers

/// Decides which samples of a data set an epoch visits, and in which order. It is made for one data set.
///
/// ```swift
/// struct EverySecond: Sampler {
///     let count: Int
///     func order(epoch: Int, key: RandomKey) -> [Int] { (0..<count / 2).map { 2 * $0 + epoch % 2 } }
/// }
/// try registry.register(.sampler, "every_second", summary: "Half of the samples") { environment in
///     EverySecond(count: environment.dataset.count)
/// }
/// ```
public protocol Sampler: Sendable {
    /// The indices of the samples of one epoch; it may leave some out or repeat them, but their number
    /// must be the same in each epoch.
    /// - Parameter key: differs by the seed of the experiment only.
    func order(epoch: Int, key: RandomKey) -> [Int]
}

/// What a sampler must know of the data.
public struct SamplerEnvironment: Sendable {
    public var dataset: any Dataset
    /// How often each label occurs in each sample; counted, or looked up, when it is called.
    public var labelTable: @Sendable () throws -> LabelTable

    /// - Parameter labelTable: By default the table of the data set, which reads every label.
    public init(dataset: any Dataset, labelTable: (@Sendable () throws -> LabelTable)? = nil) {
        self.dataset = dataset
        self.labelTable = labelTable ?? { try LabelTable(of: dataset) }
    }
}

extension ComponentKind<SamplerEnvironment, any Sampler> {
    /// Orders in which samples are visited.
    public static var sampler: Self { Self("sampler") }
}

/// Visits the samples in their order.
public struct SequentialSampler: Sampler {
    private let count: Int

    /// - Parameter count: the number of samples.
    public init(count: Int) { self.count = count }

    public func order(epoch: Int, key: RandomKey) -> [Int] { Array(0..<count) }
}

/// Visits each sample once, in an order that differs from epoch to epoch.
public struct ShuffleSampler: Sampler {
    private let count: Int

    /// - Parameter count: the number of samples.
    public init(count: Int) { self.count = count }

    public func order(epoch: Int, key: RandomKey) -> [Int] {
        key.derived("order").derived(UInt64(epoch)).permutation(count)
    }
}

/// Visits each class equally often: as many samples as there are, with those of rare classes repeated.
///
/// Of each class samples are drawn with replacement. A picture with a mask belongs to each class in it.
public struct BalancedSampler: Sampler {
    private let count: Int
    /// The samples of each class that occurs.
    private let members: [[Int]]

    /// - Throws: ``DatasetError`` where no class occurs.
    public init(labels: LabelTable, classCount: Int) throws(DatasetError) {
        count = labels.count
        members = labels.samplesOfClasses(classCount).filter { !$0.isEmpty }
        if members.isEmpty { throw LabelTable.noLabels }
    }

    public func order(epoch: Int, key: RandomKey) -> [Int] {
        let key = key.derived("balanced").derived(UInt64(epoch))
        // The classes in turn, from another one on in each epoch; then their places are exchanged.
        var random = RandomGenerator(key: key)
        let first = random.index(below: members.count)
        let places = key.derived("places").permutation(count)
        let draws = key.derived("draws")
        return places.map { place in
            let samples = members[(first + place) % members.count]
            var random = RandomGenerator(key: draws.derived(UInt64(place)))
            return samples[random.index(below: samples.count)]
        }
    }
}

/// Shows pictures with rare classes more often (Hoyer et al. 2022, DAFormer): first draws a class, then one of the
/// pictures that contain it.
///
/// A class that has the share f of all pixels is drawn with a probability that is proportional to exp((1 - f) / T).
public struct RareClassSampler: Sampler {
    /// What a configuration may say.
    public struct Options: ComponentOptions {
        /// T: the smaller, the more rare classes are preferred.
        public var temperature = 0.01
        /// How many pixels of the class a picture must have; where none has them, one pixel is enough.
        public var minimumPixels = 3000

        public init() {}

        public func validate() throws {
            guard temperature > 0, temperature.isFinite else {
                throw OptionError("temperature", "must be above 0, not \(temperature)")
            }
            guard minimumPixels >= 1 else {
                throw OptionError("minimum_pixels", "must be 1 or more, not \(minimumPixels)")
            }
        }
    }

    private let count: Int
    /// The samples of each class that occurs.
    private let members: [[Int]]
    /// The probability that one of the classes up to each is drawn; the last is 1.
    private let sums: [Double]

    /// - Throws: ``DatasetError`` where no class occurs.
    public init(_ options: Options = Options(), labels: LabelTable, classCount: Int) throws(DatasetError) {
        count = labels.count
        let totals = labels.totals(classCount: classCount)
        let present = totals.indices.filter { totals[$0] > 0 }
        guard let rarest = present.map({ totals[$0] }).min() else { throw LabelTable.noLabels }
        let all = labels.samplesOfClasses(classCount)
        let rich = labels.samplesOfClasses(classCount, minimumCount: options.minimumPixels)
        members = present.map { rich[$0].isEmpty ? all[$0] : rich[$0] }
        // Divided by the greatest of them, which keeps the numbers from becoming infinite.
        let pixelCount = Double(totals.reduce(0, +))
        let weights = present.map { exp(Double(rarest - totals[$0]) / (pixelCount * options.temperature)) }
        let sum = weights.reduce(0, +)
        var partial = 0.0
        sums = weights.map { weight in
            partial += weight / sum
            return partial
        }
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
