import Foundation
import NNLayers
import Synchronization

/// Keeps samples in memory after they were first read, so that a small data set is decoded once.
///
/// What is kept is what the data set returns, before any transform.
public final class CachedDataset: Dataset {
    private struct State {
        var samples: [Int: Sample] = [:]
        var byteCount = 0
    }

    private let base: any Dataset
    private let budget: MemoryBudget
    private let state = Mutex(State())

    /// - Parameter budget: Samples for which there is no memory left in it are read anew each time.
    public init(_ base: any Dataset, budget: MemoryBudget = MemoryBudget(byteCount: .max)) {
        self.base = base
        self.budget = budget
    }

    public var count: Int { base.count }
    public var classNames: [String] { base.classNames }
    public var ignoreIndex: Int? { base.ignoreIndex }
    public var classColors: [Color] { base.classColors }
    public var features: Tensor? { base.features }
    public func files(at index: Int) -> [String] { base.files(at: index) }
    public func labelCounts(at index: Int) throws -> [Int: Int] { try base.labelCounts(at: index) }

    /// The memory that the samples take.
    public var byteCount: Int { state.withLock { $0.byteCount } }

    public func sample(at index: Int) throws -> Sample {
        if let kept = state.withLock({ $0.samples[index] }) { return kept }
        // Two threads may read the same sample at once; they read the same, and it is counted once.
        let sample = try base.sample(at: index)
        state.withLock { state in
            guard state.samples[index] == nil, budget.take(sample.byteCount) else { return }
            state.samples[index] = sample
            state.byteCount += sample.byteCount
        }
        return sample
    }
}

extension Sample {
    /// The memory that it takes: the pixels, and about 200 bytes for arrays, name and place.
    fileprivate var byteCount: Int {
        let maskBytes = if case .mask(let mask) = target { mask.pixels.count } else { 0 }
        return image.pixels.count + maskBytes + 200
    }
}

/// Whether decoded samples are kept in memory: `auto`, `true` or `false` in a configuration.
public enum CachePolicy: Hashable, Sendable, Codable {
    /// As many as fit into a quarter of the memory that the process may have, 4 GB at most.
    case automatic
    /// All of them.
    case always
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
    /// The data set with its samples kept in memory as the policy says.
    /// - Parameter budget: The memory for the automatic policy, which several data sets may share.
    public func cached(
        _ policy: CachePolicy = .automatic, sharing budget: MemoryBudget = .automatic()
    ) -> any Dataset {
        switch policy {
        case .never: self
        case .always: CachedDataset(self)
        case .automatic: CachedDataset(self, budget: budget)
        }
    }
}

/// Memory that several data sets share for the samples that they keep.
public final class MemoryBudget: Sendable {
    private let left: Mutex<Int>

    public init(byteCount: Int) { left = Mutex(byteCount) }

    /// A quarter of the memory that the process may have, 4 GB at most.
    public static func automatic() -> MemoryBudget {
        MemoryBudget(byteCount: min(4 << 30, processLimit / 4))
    }

    /// The memory of the machine, or of the container that the process runs in (cgroup, version 2).
    private static var processLimit: Int {
        let machine = Int(ProcessInfo.processInfo.physicalMemory)
        let text = (try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8)) ?? ""
        return min(machine, Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? machine)
    }

    /// Takes so many bytes if they are left.
    func take(_ byteCount: Int) -> Bool {
        left.withLock { left in
            guard byteCount <= left else { return false }
            left -= byteCount
            return true
        }
    }
}
