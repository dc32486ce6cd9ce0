import CNNKernels

/// Hands out 64-byte aligned memory and keeps what is returned for the next request of its size.
///
/// A training step asks for the same sizes again and again, so after the first step nothing is
/// asked of the system. Sizes are rounded up to classes of at most one eighth apart. Where sizes change, as
/// with images of many sizes, what is kept is given back before all is more than 2 GiB and than twice what was
/// ever in use: with one block for each size, a network of many sizes needs more than it uses at once.
public final class Allocator: Sendable {
    /// The memory of tensors in bytes, and how often the system was asked for some.
    public struct Statistics: Sendable, Equatable {
        /// Bytes in use by live tensors.
        public var used = 0
        /// The largest value that `used` had.
        public var peak = 0
        /// Bytes obtained from the system: in use or kept for reuse.
        public var reserved = 0
        /// How often memory had to be obtained from the system.
        public var systemAllocations = 0
    }

    private struct State {
        var free: [Int: [UInt]] = [:]
        var statistics = Statistics()
        /// The largest use of all time, which no new measurement forgets.
        var largestUse = 0

        mutating func releaseUnused() {
            for (size, addresses) in free {
                for address in addresses { nn_free(UnsafeMutableRawPointer(bitPattern: address)) }
                statistics.reserved -= size * addresses.count
            }
            free.removeAll()
        }
    }

    private let state = Locked(State())

    init() {}

    /// The allocator that all tensors use.
    public static let shared = Allocator()

    /// What has been handed out so far.
    public var statistics: Statistics { state.withLock { $0.statistics } }

    /// Starts a new measurement of the peak at the present use.
    public func resetPeak() { state.withLock { $0.statistics.peak = $0.statistics.used } }

    /// Returns the memory that no tensor uses to the system.
    public func releaseUnused() {
        state.withLock { $0.releaseUnused() }
    }

    /// Rounds a byte count up to its size class.
    static func sizeClass(for byteCount: Int) -> Int {
        guard byteCount > 512 else { return (max(byteCount, 1) + 63) & ~63 }
        let step = 1 << (Int.bitWidth - 1 - byteCount.leadingZeroBitCount - 3)
        return (byteCount + step - 1) & ~(step - 1)
    }

    func allocate(byteCount: Int) -> (pointer: UnsafeMutableRawPointer, size: Int) {
        let size = Self.sizeClass(for: byteCount)
        let address = state.withLock { state -> UInt in
            state.statistics.used += size
            state.statistics.peak = max(state.statistics.peak, state.statistics.used)
            state.largestUse = max(state.largestUse, state.statistics.used)
            if let kept = state.free[size]?.popLast() { return kept }
            if state.statistics.reserved + size > max(2 * state.largestUse, 2 << 30) { state.releaseUnused() }
            var found = nn_allocate(size)
            if found == nil {
                state.releaseUnused()
                found = nn_allocate(size)
            }
            guard let pointer = found else {
                trap("out of memory: no \(size) bytes for a tensor; use a smaller batch or image")
            }
            state.statistics.reserved += size
            state.statistics.systemAllocations += 1
            return UInt(bitPattern: pointer)
        }
        return (UnsafeMutableRawPointer(bitPattern: address)!, size)
    }

    func deallocate(_ pointer: UnsafeMutableRawPointer, size: Int) {
        let address = UInt(bitPattern: pointer)
        state.withLock { state in
            state.statistics.used -= size
            state.free[size, default: []].append(address)
        }
    }
}
