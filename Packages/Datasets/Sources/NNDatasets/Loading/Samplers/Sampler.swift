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
