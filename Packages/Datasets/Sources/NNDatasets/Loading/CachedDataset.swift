import Foundation
import NNLayers
import Synchronization

/// Keeps the samples of a data set in memory, before any transform, so that each is decoded once.
///
/// ```swift
/// let train = CachedDataset(try ClassFolders(path: "data/cats"), budget: .automatic())
/// ```
public final class CachedDataset: ForwardingDataset {
    /// A sample may be decoded at several sizes, one for the transforms of each use.
    private struct Key: Hashable {
        var index: Int
        var size: Size?
    }

    private struct State {
        var samples: [Key: Sample] = [:]
        var byteCount = 0
    }

    let base: any Dataset
    private let budget: MemoryBudget
    private let state = Mutex(State())

    /// - Parameter budget: The memory for samples, which data sets may share; those that do not fit are read each time.
    ///   By default unlimited.
    public init(_ base: any Dataset, budget: MemoryBudget = MemoryBudget(byteCount: .max)) {
        self.base = base
        self.budget = budget
    }

    /// The memory that is used for samples.
    public var byteCount: Int { state.withLock { $0.byteCount } }

    public func sample(at index: Int) throws -> Sample {
        try kept(Key(index: index)) { try base.sample(at: index) }
    }

    public func sample(at index: Int, atLeast size: Size) throws -> Sample {
        try kept(Key(index: index, size: size)) { try base.sample(at: index, atLeast: size) }
    }

    private func kept(_ key: Key, read: () throws -> Sample) throws -> Sample {
        if let kept = state.withLock({ $0.samples[key] }) { return kept }
        // Two threads may read a sample at once; it is kept and counted once.
        let sample = try read()
        state.withLock { state in
            guard state.samples[key] == nil, budget.take(sample.byteCount) else { return }
            state.samples[key] = sample
            state.byteCount += sample.byteCount
        }
        return sample
    }
}

extension Sample {
    /// The memory that it takes: the pixels, and about 200 bytes for arrays and the name.
    fileprivate var byteCount: Int {
        let targetBytes =
            switch target {
            case .label: 0
            case .mask(let mask): mask.pixels.count
            case .values(let values): values.floats.count * MemoryLayout<Float>.size
            }
        return image.byteCount + targetBytes + 200
    }
}

/// Whether decoded samples are kept in memory: `auto`, `true` or `false` in configurations.
public enum CachePolicy: Hashable, Sendable, Codable {
    /// As many as fit into a quarter of the process's memory, at most 4 GB; none of files that hold many samples each,
    /// such as shards, which are read in sequence and may be of any size.
    case automatic
    /// All of them.
    case always
    /// None.
    case never

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let keeps = try? container.decode(Bool.self) {
            self = keeps ? .always : .never
        } else if (try? container.decode(String.self)) == "auto" {
            self = .automatic
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected auto, true or false")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .automatic: try container.encode("auto")
        case .always: try container.encode(true)
        case .never: try container.encode(false)
        }
    }
}

extension Dataset {
    /// The data set with its samples kept in memory, see ``CachedDataset``.
    /// - Parameters:
    ///   - policy: Whether samples are kept.
    ///   - budget: The memory for the automatic policy, which data sets may share.
    public func cached(
        _ policy: CachePolicy = .automatic, sharing budget: MemoryBudget = .automatic()
    ) -> any Dataset {
        switch policy {
        case .never: self
        case .always: CachedDataset(self)
        case .automatic: storageGroups.isEmpty ? CachedDataset(self, budget: budget) : self
        }
    }
}

/// Memory that several data sets share for their samples.
public final class MemoryBudget: Sendable {
    private let left: Mutex<Int>

    /// A budget of a number of bytes.
    public init(byteCount: Int) { left = Mutex(byteCount) }

    /// A quarter of the memory that the process may use, at most 4 GB.
    public static func automatic() -> MemoryBudget {
        MemoryBudget(byteCount: min(4 << 30, ProcessMemory.available / 4))
    }

    /// Takes a number of bytes if they are left.
    func take(_ byteCount: Int) -> Bool {
        left.withLock { left in
            guard byteCount <= left else { return false }
            left -= byteCount
            return true
        }
    }
}
