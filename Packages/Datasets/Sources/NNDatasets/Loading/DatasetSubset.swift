import NNLayers

/// Some samples of a data set.
///
/// ```swift
/// let few = DatasetSubset(train, count: 100, key: RandomKey(seed: 0))
/// ```
public struct DatasetSubset: ForwardingDataset {
    let base: any Dataset
    /// The indices of the samples in the whole data set.
    public let indices: [Int]
    public let features: Tensor?
    public let storageGroups: [StorageGroup]

    /// The samples with these indices, in this order.
    public init(_ base: any Dataset, indices: [Int]) {
        require(
            indices.allSatisfy((0..<base.count).contains),
            "DatasetSubset: an index is not in 0..<\(base.count), the samples of the data set")
        self.base = base
        self.indices = indices
        features = base.features?.slices(indices)
        storageGroups = Self.groups(of: indices, in: base.storageGroups)
    }

    /// The files of the chosen samples; none where samples of a file do not follow each other.
    private static func groups(of indices: [Int], in groups: [StorageGroup]) -> [StorageGroup] {
        guard !groups.isEmpty, zip(indices, indices.dropFirst()).allSatisfy({ $0 < $1 }) else { return [] }
        var (chosen, start): ([StorageGroup], Int) = ([], 0)
        for group in groups {
            var (end, hash) = (start, ContentHash())
            hash.add("\(group.contentHash)")
            while end < indices.count, indices[end] < group.samples.upperBound {
                hash.add("\(indices[end] - group.samples.lowerBound)")
                end += 1
            }
            if end > start {
                chosen.append(StorageGroup(path: group.path, samples: start..<end, contentHash: hash.value))
            }
            start = end
        }
        return chosen
    }

    /// A random choice of at most `count` samples, in their order: the same choice for the same key.
    public init(_ base: any Dataset, count: Int, key: RandomKey) {
        self.init(base, indices: key.derived("subset").permutation(base.count).prefix(count).sorted())
    }

    public var count: Int { indices.count }
    public func sample(at index: Int) throws -> Sample { try base.sample(at: indices[index]) }
    public func sample(at index: Int, atLeast size: Size) throws -> Sample {
        try base.sample(at: indices[index], atLeast: size)
    }
    public func target(at index: Int) throws -> Target { try base.target(at: indices[index]) }
    public func files(at index: Int) -> [String] { base.files(at: indices[index]) }
    public func labelCounts(at index: Int) throws -> [Int: Int] { try base.labelCounts(at: indices[index]) }
    public func maskPalette(at index: Int) -> [Int: Color]? { base.maskPalette(at: indices[index]) }

    public func bytes(ofFile number: Int, at index: Int, limit: Int) throws(ImageError) -> [UInt8] {
        try base.bytes(ofFile: number, at: indices[index], limit: limit)
    }
}
