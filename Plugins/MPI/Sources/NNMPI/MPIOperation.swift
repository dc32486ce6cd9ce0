import CNNMPI
import Foundation
import NNLayers
import NNTraining

/// A sum or a collection, from its beginning to its end. It belongs to the thread that makes the calls of MPI.
final class MPIOperation {
    enum Work {
        /// A sum in the caller's memory.
        case floats(UnsafeMutableBufferPointer<Float>)
        /// The same, sent in bfloat16.
        case halves(UnsafeMutableBufferPointer<Float>)
        /// A sum of a few numbers.
        case numbers([Double])
        /// Bytes of each rank.
        case bytes([UInt8], @Sendable ([[UInt8]]) -> Void)
    }

    let work: Work
    let channel: nn_mpi_channel
    let pending: PendingSum
    private(set) var start = ContinuousClock.now
    private var memory: UnsafeMutableRawPointer?
    private var sent: UnsafeMutableRawPointer?
    private var sizes: [Int32] = []
    private let bounds: UnsafeMutablePointer<Int32>
    private let ranks: Int
    private var phase = 0

    /// Up to so many bytes of all ranks, numbers are collected and added in the order of the ranks.
    private static let largestCollection = 1 << 16

    init(_ work: Work, channel: nn_mpi_channel, pending: PendingSum, ranks: Int) {
        self.work = work
        self.channel = channel
        self.pending = pending
        self.ranks = ranks
        bounds = .allocate(capacity: 2 * ranks)
    }

    deinit {
        memory?.deallocate()
        sent?.deallocate()
        bounds.deallocate()
    }

    private func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        .allocate(byteCount: max(byteCount, 16), alignment: 64)
    }

    /// Begins the first part; returns a code of MPI.
    func begin(slot: Int32) -> Int32 {
        start = .now
        switch work {
        case .floats(let values):
            return nn_mpi_begin_sum(slot, channel, NN_MPI_FLOAT32, values.baseAddress!, Int32(values.count))
        case .halves(let values):
            let halves = allocate(2 * values.count).bindMemory(to: UInt16.self, capacity: values.count)
            for (index, value) in values.enumerated() { halves[index] = BFloat16(value).bitPattern }
            memory = UnsafeMutableRawPointer(halves)
            return nn_mpi_begin_sum(slot, channel, NN_MPI_BFLOAT16, halves, Int32(values.count))
        case .numbers(let values):
            let size = 8 * values.count
            let isCollected = size * ranks <= Self.largestCollection
            let own = allocate(size)
            values.withUnsafeBytes { own.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(own), byteCount: size) }
            sent = own
            guard isCollected else {
                return nn_mpi_begin_sum(slot, channel, NN_MPI_FLOAT64, own, Int32(values.count))
            }
            let all = allocate(size * ranks)
            memory = all
            return nn_mpi_begin_gather(slot, channel, own, Int32(size), all)
        case .bytes(let bytes, _):
            let own = allocate(4)
            own.storeBytes(of: Int32(bytes.count), as: Int32.self)
            sent = own
            let all = allocate(4 * ranks)
            memory = all
            return nn_mpi_begin_gather(slot, channel, own, 4, all)
        }
    }

    /// Goes on when a part is done.
    /// - Returns: A code of MPI where another part has begun; nil at the end, with the operation completed.
    func proceed(slot: Int32) -> Int32? {
        switch work {
        case .floats: break
        case .halves(let values):
            let halves = memory!.assumingMemoryBound(to: UInt16.self)
            for index in values.indices { values[index] = Float(BFloat16(bitPattern: halves[index])) }
        case .numbers(let values):
            pending.complete(.success(sum(of: values.count)))
            return nil
        case .bytes(let bytes, let take):
            if phase == 0 { return beginParts(bytes, slot: slot) }
            var start = 0
            take(
                sizes.map { size in
                    defer { start += Int(size) }
                    return Array(UnsafeRawBufferPointer(start: memory! + start, count: Int(size)))
                })
        }
        pending.complete(.success([]))
        return nil
    }

    private func sum(of count: Int) -> [Double] {
        guard let all = memory?.assumingMemoryBound(to: Double.self) else {
            return Array(UnsafeBufferPointer(start: sent!.assumingMemoryBound(to: Double.self), count: count))
        }
        return (0..<count).map { index in (0..<ranks).reduce(0) { $0 + all[$1 * count + index] } }
    }

    /// Collects the bytes, now that it is known how many each rank has.
    private func beginParts(_ bytes: [UInt8], slot: Int32) -> Int32 {
        phase = 1
        sizes = Array(UnsafeBufferPointer(start: memory!.assumingMemoryBound(to: Int32.self), count: ranks))
        let total = sizes.reduce(0) { $0 + Int($1) }
        require(total <= Int(Int32.max), "MPIGroup: \(total) bytes are too many to be collected at once")
        var start: Int32 = 0
        for (rank, size) in sizes.enumerated() {
            bounds[rank] = size
            bounds[ranks + rank] = start
            start += size
        }
        memory?.deallocate()
        sent?.deallocate()
        let own = allocate(bytes.count)
        bytes.withUnsafeBytes { own.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(own), byteCount: $0.count) }
        let all = allocate(total)
        (sent, memory) = (own, all)
        return nn_mpi_begin_gather_parts(slot, channel, own, Int32(bytes.count), all, bounds, bounds + ranks)
    }
}
