import NNLayers

/// Decides which samples an epoch visits, and in which order.
public protocol Sampler: Sendable {
    /// The indices of the samples of one epoch; it may leave some out or repeat them, but their number
    /// must be the same in each epoch.
    /// - Parameter key: differs by the seed of the experiment only.
    func order(of dataset: any Dataset, epoch: Int, key: RandomKey) -> [Int]
}

extension ComponentKind<Void, any Sampler> {
    /// Orders in which samples are visited.
    public static var sampler: Self { Self("sampler") }
}

/// Visits the samples in their order.
public struct SequentialSampler: Sampler {
    public init() {}

    public func order(of dataset: any Dataset, epoch: Int, key: RandomKey) -> [Int] { Array(0..<dataset.count) }
}

/// Visits each sample once, in an order that differs from epoch to epoch.
public struct ShuffleSampler: Sampler {
    public init() {}

    public func order(of dataset: any Dataset, epoch: Int, key: RandomKey) -> [Int] {
        key.derived("order").derived(UInt64(epoch)).permutation(dataset.count)
    }
}
