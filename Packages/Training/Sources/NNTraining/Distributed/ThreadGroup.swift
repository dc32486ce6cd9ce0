import Foundation
import NNLayers

/// A group of threads of one process, each of which is a rank: what training on several machines does, without machines.
///
/// ```swift
/// let groups = ThreadGroup.make(count: 2)
/// DispatchQueue.concurrentPerform(iterations: 2) { rank in
///     let experiment = try Experiment(config, registry: registry, group: groups[rank])
///     ...
/// }
/// ```
public final class ThreadGroup: ProcessGroup {
    public let rank: Int
    private let hub: Hub

    private init(rank: Int, hub: Hub) {
        self.rank = rank
        self.hub = hub
    }

    /// The ranks of a new group.
    public static func make(count: Int) -> [ThreadGroup] {
        require(1...1024 ~= count, "ThreadGroup: \(count) ranks; 1 to 1024 are possible")
        let hub = Hub(count: count)
        return (0..<count).map { ThreadGroup(rank: $0, hub: hub) }
    }

    public var count: Int { hub.count }
    public var hosts: [String] { [String](repeating: "this machine", count: count) }

    public var patience: Double? {
        get { hub.patience(of: rank) }
        set { hub.setPatience(newValue, of: rank) }
    }

    public func beginSum(
        of values: UnsafeMutableBufferPointer<Float>, compression: GradientCompression
    ) -> PendingSum {
        nonisolated(unsafe) let values = values
        let own = compression.rounded(Array(values))
        return hub.begin(.gradients, rank: rank, bytes: own.withUnsafeBytes { Array($0) }) { all in
            var sum = own.map { _ in Float(0) }
            for bytes in all {
                bytes.withUnsafeBytes { bytes in
                    let terms = bytes.bindMemory(to: Float.self)
                    for index in sum.indices { sum[index] += terms[index] }
                }
                sum = compression.rounded(sum)
            }
            _ = values.update(from: sum)
            return []
        }
    }

    public func beginSum(of values: [Double]) -> PendingSum {
        hub.begin(.numbers, rank: rank, bytes: values.withUnsafeBytes { Array($0) }) { all in
            var sum = values.map { _ in 0.0 }
            for bytes in all {
                bytes.withUnsafeBytes { bytes in
                    let terms = bytes.bindMemory(to: Double.self)
                    for index in sum.indices { sum[index] += terms[index] }
                }
            }
            return sum
        }
    }

    public func gather(_ bytes: [UInt8]) throws(ProcessGroupError) -> [[UInt8]] {
        nonisolated(unsafe) var result: [[UInt8]] = []
        try hub.begin(.texts, rank: rank, bytes: bytes) { all in
            result = all
            return []
        }.wait()
        return result
    }

    public func fail(_ message: String) {
        hub.fail(ProcessGroupError("\(name(of: rank)): \(message)", rank: rank))
    }
}

extension GradientCompression {
    /// The values as they are sent.
    fileprivate func rounded(_ values: [Float]) -> [Float] {
        self == .none ? values : Tensor(values).cast(to: .bfloat16).cast(to: .float32).floats
    }
}

/// Where the threads of a group meet.
private final class Hub: @unchecked Sendable {
    // Sendable: all mutable state is guarded by `lock`.
    enum Channel: Hashable { case gradients, numbers, texts }

    private struct Meeting {
        var bytes: [[UInt8]?]
        var pending: [PendingSum] = []
        var results: [@Sendable ([[UInt8]]) -> [Double]] = []
    }

    private struct Key: Hashable {
        let channel: Channel
        let number: Int
    }

    let count: Int
    private let lock = NSLock()
    private var meetings: [Key: Meeting] = [:]
    private var numbers: [[Channel: Int]]
    private var patience: [Double?]
    private var failure: ProcessGroupError?

    init(count: Int) {
        self.count = count
        numbers = [[Channel: Int]](repeating: [:], count: count)
        patience = [Double?](repeating: nil, count: count)
    }

    func patience(of rank: Int) -> Double? { lock.withLock { patience[rank] } }
    func setPatience(_ seconds: Double?, of rank: Int) { lock.withLock { patience[rank] = seconds } }

    /// Brings the bytes of a rank; the last one that comes calculates the results of all.
    func begin(
        _ channel: Channel, rank: Int, bytes: [UInt8], result: @escaping @Sendable ([[UInt8]]) -> [Double]
    ) -> PendingSum {
        lock.withLock {
            let number = numbers[rank][channel, default: 0]
            numbers[rank][channel] = number + 1
            let key = Key(channel: channel, number: number)
            let pending = PendingSum(limit: patience[rank]) { [weak self] in self?.timeOut(key) }
            if let failure {
                pending.complete(.failure(failure))
                return pending
            }
            var meeting = meetings.removeValue(forKey: key) ?? Meeting(bytes: .init(repeating: nil, count: count))
            meeting.bytes[rank] = bytes
            meeting.pending.append(pending)
            meeting.results.append(result)
            let all = meeting.bytes.compactMap { $0 }
            if all.count == count {
                for (pending, result) in zip(meeting.pending, meeting.results) {
                    pending.complete(.success(result(all)))
                }
            } else {
                meetings[key] = meeting
            }
            return pending
        }
    }

    private func timeOut(_ key: Key) {
        let bytes = lock.withLock { meetings[key]?.bytes ?? [] }
        let names = bytes.indices.filter { bytes[$0] == nil }.map { "rank \($0)" }.joined(separator: ", ")
        fail(ProcessGroupError("\(names) did not answer in time"))
    }

    func fail(_ error: ProcessGroupError) {
        let waiting = lock.withLock {
            failure = failure ?? error
            defer { meetings = [:] }
            return meetings.values.flatMap(\.pending)
        }
        for pending in waiting { pending.complete(.failure(error)) }
    }
}
