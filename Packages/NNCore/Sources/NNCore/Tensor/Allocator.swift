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
        /// How often a tensor asked for memory.
        public var requests = 0
        /// How often memory had to be obtained from the system.
        public var systemAllocations = 0
    }

    private struct State {
        /// By the number of their size class. Lists in a list are changed in place without memory of their own, unlike
        /// those in a dictionary.
        var free = [[UInt]](repeating: [], count: Allocator.classNumber(of: .max) + 1)
        var statistics = Statistics()
        /// The largest use of all time, which no new measurement forgets.
        var largestUse = 0

        mutating func releaseUnused() {
            for number in free.indices where !free[number].isEmpty {
                for address in free[number] { nn_free(UnsafeMutableRawPointer(bitPattern: address)) }
                statistics.reserved -= Allocator.size(ofClass: number) * free[number].count
                free[number] = []
            }
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

    /// The number of a size class: eight for each power of two, and those up to 512 bytes.
    static func classNumber(of size: Int) -> Int {
        guard size > 512 else { return size / 64 - 1 }
        let exponent = Int.bitWidth - 1 - size.leadingZeroBitCount
        return 8 * (exponent - 8) + size >> (exponent - 3) - 8
    }

    /// The size of a class by its number.
    static func size(ofClass number: Int) -> Int {
        guard number > 7 else { return 64 * (number + 1) }
        return (8 + number % 8) << (number / 8 + 5)
    }

    func allocate(byteCount: Int) -> (pointer: UnsafeMutableRawPointer, size: Int) {
        let size = Self.sizeClass(for: byteCount)
        let number = Self.classNumber(of: size)
        let address = state.withLock { state -> UInt in
            state.statistics.used += size
            state.statistics.peak = max(state.statistics.peak, state.statistics.used)
            state.largestUse = max(state.largestUse, state.statistics.used)
            state.statistics.requests += 1
            if let kept = state.free[number].popLast() { return kept }
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
            state.free[Self.classNumber(of: size)].append(address)
        }
    }
}
