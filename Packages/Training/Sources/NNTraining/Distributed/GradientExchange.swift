@_spi(Kernels) import NNCore
import NNDatasets
import NNLayers

/// Adds the gradients of all ranks, in buckets that are sent while the backward pass still calculates others.
///
/// Buckets hold the gradients in the order in which the backward pass finished them in the first step of rank 0, and are
/// sent in this order on all ranks, whatever the order in which they become full. The first step itself sends all of them
/// after its pass. A gradient that only some ranks have counts as 0 on the others.
final class GradientExchange {
    private struct Entry {
        let name: String
        let parameter: Parameter
        let identity: ObjectIdentifier
        var count: Int { parameter.shape.elementCount }
    }

    private struct Bucket {
        /// Positions in `entries`, with the first element of each.
        var members: [(entry: Int, offset: Int)] = []
        /// Of the gradients; a number for each member follows, which says how many ranks have its gradient.
        var length = 0
        var size: Int { length + members.count }
    }

    /// Of the first bucket, to begin early, and of the last one, which nothing is left to hide.
    private static let shortLength = 1 << 18

    private let group: any ProcessGroup
    private let compression: GradientCompression
    /// The number of elements of a bucket, and of what is sent at once of a larger parameter.
    private let bucketLength: Int
    private var entries: [Entry] = []
    private var buckets: [Bucket] = []
    private var places: [ObjectIdentifier: (bucket: Int, member: Int)] = [:]
    /// The order in which gradients were finished, while the first pass is recorded.
    private var finished: [ObjectIdentifier] = []

    private var buffers: [Tensor?] = []
    private var missing: [Set<Int>] = []
    private var pending: [PendingSum] = []
    private var nextBucket = 0
    private var earlier = Gradients()

    /// How long sums were under way, and how long the caller waited for them, in seconds.
    private(set) var time = ExchangeTime()

    /// - Parameter bucketBytes: How much is sent together, in bytes of float32.
    init(_ group: any ProcessGroup, compression: GradientCompression, bucketBytes: Int) {
        self.group = group
        self.compression = compression
        bucketLength = max(bucketBytes / 4, 1)
    }

    /// Adds the gradients of all ranks.
    /// - Parameters:
    ///   - parameters: All parameters of the network, in the same order on all ranks.
    ///   - earlier: Gradients of earlier batches of the step, which are added to those of the pass.
    ///   - flags: Numbers to add over all ranks as well, asked for after the pass.
    ///   - pass: The backward pass, which tells of each gradient when it is complete.
    /// - Returns: The gradients, and the sums of the flags.
    /// - Throws: ``ProcessGroupError``.
    func add(
        _ parameters: [(name: String, parameter: Parameter)], earlier: Gradients, flags: () -> [Float],
        pass: (@escaping (ObjectIdentifier, Tensor) -> Void) -> Gradients
    ) throws(ProcessGroupError) -> (gradients: Gradients, flags: [Float]) {
        let trainable = parameters.filter(\.parameter.isTrainable)
        if trainable.map(\.name) != entries.map(\.name) { forget(trainable) }
        time = ExchangeTime()
        (self.earlier, pending, nextBucket) = (earlier, [], 0)
        let isRecorded = buckets.isEmpty
        begin()
        var gradients = pass { [self] identity, gradient in
            if isRecorded { finished.append(identity) } else { place(identity, gradient) }
        }
        if isRecorded {
            try agreeOnOrder()
            begin()
            for entry in entries {
                if let gradient = entry.parameter.takeGradient(from: &gradients) { place(entry.identity, gradient) }
            }
        }
        gradients = Gradients()
        for bucket in buckets.indices {
            for member in missing[bucket] { placeMissing(member, in: bucket) }
            missing[bucket] = []
        }
        let sums = sendRest(flags())
        return try (received(), sums.wait().map { Float($0) })
    }

    /// Forgets the order where other parameters are trained than before.
    private func forget(_ trainable: [(name: String, parameter: Parameter)]) {
        entries = trainable.map { name, parameter in
            guard let identity = parameter.wrappedValue.variableIdentity else {
                trap("GradientExchange: the parameter '\(name)' is no variable")
            }
            return Entry(name: name, parameter: parameter, identity: identity)
        }
        (buckets, places, finished) = ([], [:], [])
    }

    /// Lays out the buckets by the order of rank 0.
    private func agreeOnOrder() throws(ProcessGroupError) {
        let numbers = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($0.element.identity, $0.offset) })
        let own = finished.compactMap { numbers[$0] }
        let text = try group.broadcast(own.map(String.init).joined(separator: " "))
        var order = text.split(separator: " ").compactMap { Int($0) }
        order += entries.indices.filter { !order.contains($0) }
        finished = []
        buckets = layout(order)
        for (index, bucket) in buckets.enumerated() {
            for (member, (entry, _)) in bucket.members.enumerated() {
                places[entries[entry].identity] = (index, member)
            }
        }
    }

    private func layout(_ order: [Int]) -> [Bucket] {
        // The last bucket is what ends the order and is short.
        var tail: [Int] = []
        var tailLength = 0
        for entry in order.reversed() {
            if !tail.isEmpty, tailLength + entries[entry].count > Self.shortLength { break }
            tail.append(entry)
            tailLength += entries[entry].count
        }
        var buckets = [Bucket()]
        func append(_ entry: Int) {
            let last = buckets.count - 1
            buckets[last].members.append((entry, buckets[last].length))
            // Rows of memory begin where vectors are read fastest.
            buckets[last].length += (entries[entry].count + 15) / 16 * 16
        }
        for entry in order.dropLast(tail.count) {
            append(entry)
            let limit = buckets.count == 1 ? min(Self.shortLength, bucketLength) : bucketLength
            if buckets[buckets.count - 1].length >= limit { buckets.append(Bucket()) }
        }
        if !buckets[buckets.count - 1].members.isEmpty { buckets.append(Bucket()) }
        for entry in tail.reversed() { append(entry) }
        return buckets
    }

    /// Makes room for the gradients of a step.
    private func begin() {
        buffers = buckets.map { Tensor(uninitialized: [$0.size]) }
        missing = buckets.map { Set($0.members.indices) }
    }

    /// Puts a gradient in its bucket, and sends what is full.
    private func place(_ identity: ObjectIdentifier, _ gradient: Tensor) {
        // A gradient of what is no parameter, or is frozen, is nobody's business.
        guard let (bucket, member) = places[identity], missing[bucket].remove(member) != nil else { return }
        let entry = entries[buckets[bucket].members[member].entry]
        write(gradient, plus: entry.parameter.takeGradient(from: &earlier), to: bucket, member)
        sendFull()
    }

    /// A parameter that the last pass has no gradient by.
    private func placeMissing(_ member: Int, in bucket: Int) {
        let entry = entries[buckets[bucket].members[member].entry]
        write(entry.parameter.takeGradient(from: &earlier), plus: nil, to: bucket, member)
    }

    private func write(_ gradient: Tensor?, plus earlier: Tensor?, to bucket: Int, _ member: Int) {
        let (index, offset) = buckets[bucket].members[member]
        let count = entries[index].count
        let length = buckets[bucket].length
        let end = member + 1 < buckets[bucket].members.count ? buckets[bucket].members[member + 1].offset : length
        let target = floats(of: bucket)
        let place = UnsafeMutableBufferPointer(rebasing: target[offset..<end])
        if let gradient {
            gradient.withScalars(as: Float.self) { _ = place.update(from: $0) }
            earlier?.withScalars(as: Float.self) { for index in $0.indices { place[index] += $0[index] } }
        }
        for index in (gradient == nil ? 0 : count)..<place.count { place[index] = 0 }
        target[length + member] = gradient == nil ? 0 : 1
    }

    private func floats(of bucket: Int) -> UnsafeMutableBufferPointer<Float> {
        let pointer = buffers[bucket]!.unsafePointer.assumingMemoryBound(to: Float.self)
        return UnsafeMutableBufferPointer(start: pointer, count: buckets[bucket].size)
    }

    /// Sends the buckets that are full and whose turn it is.
    private func sendFull() {
        while nextBucket < buckets.count, missing[nextBucket].isEmpty {
            let all = floats(of: nextBucket)
            for start in stride(from: 0, to: all.count, by: bucketLength) {
                let piece = all[start..<min(start + bucketLength, all.count)]
                pending.append(
                    group.beginSum(of: UnsafeMutableBufferPointer(rebasing: piece), compression: compression))
            }
            nextBucket += 1
        }
    }

    /// Sends the flags, which need no compression, and the buckets that are left.
    private func sendRest(_ flags: [Float]) -> PendingSum {
        let sums = group.beginSum(of: flags.map(Double.init))
        sendFull()
        return sums
    }

    /// The gradients of all ranks, in the memory of the buckets.
    private func received() throws(ProcessGroupError) -> Gradients {
        let start = ContinuousClock.now
        do {
            for sum in pending { try sum.wait() }
        } catch {
            // Sums that are still under way may write to it, until the process ends.
            _ = Unmanaged.passRetained(KeptMemory(buffers: buffers))
            throw error
        }
        time.waiting = (ContinuousClock.now - start) / .seconds(1)
        time.total = ExchangeTime.union(pending.compactMap(\.span))
        var gradients = Gradients()
        for (index, bucket) in buckets.enumerated() {
            guard let buffer = buffers[index] else { continue }
            let present = floats(of: index)
            for (member, (entry, offset)) in bucket.members.enumerated() where present[bucket.length + member] > 0 {
                let parameter = entries[entry].parameter
                let values = buffer.rows(offset..<offset + entries[entry].count).reshaped(parameter.shape)
                gradients.set(values, for: parameter.wrappedValue)
            }
        }
        buffers = []
        return gradients
    }
}

/// Memory that is never freed.
private final class KeptMemory {
    let buffers: [Tensor?]
    init(buffers: [Tensor?]) { self.buffers = buffers }
}

/// How long the gradients of a step were under way between ranks.
public struct ExchangeTime: Sendable, Codable, Equatable {
    /// Seconds in which any gradient was sent.
    public var total = 0.0
    /// Seconds of the total in which the step had nothing else to do.
    public var waiting = 0.0

    /// No time yet.
    init() {}

    /// The part of the exchange that the backward pass hid, from 0 to 1; nil where nothing was sent.
    public var hiddenShare: Double? { total > 0 ? max(0, 1 - waiting / total) : nil }

    /// The seconds that several spans of time cover together.
    static func union(_ spans: [(start: ContinuousClock.Instant, end: ContinuousClock.Instant)]) -> Double {
        var (total, reached) = (Duration.zero, ContinuousClock.Instant?.none)
        for span in spans.sorted(by: { $0.start < $1.start }) {
            let start = reached.map { max($0, span.start) } ?? span.start
            if span.end > start { total += span.end - start }
            reached = reached.map { max($0, span.end) } ?? span.end
        }
        return total / .seconds(1)
    }
}
