import CNNKernels
import Foundation
import Synchronization

/// What lies around each block of memory while tests look for accesses outside of it.
@_spi(Testing)
public enum MemoryGuard: Sendable {
    /// A margin of known bytes on both sides; writes to it are counted, and nothing else happens.
    case margins
    /// An inaccessible page right behind the block, which ends the process at the first access, and known bytes
    /// before it.
    case pages
}

extension Allocator {
    /// Calls `body` while every block that is handed out is guarded and filled with NaN.
    ///
    /// Meant for tests of backends and kernels, one at a time: the guards hold for all threads, and a second
    /// thread that calls this waits. `body` may call it again.
    /// - Returns: The result, and how many blocks had bytes around them overwritten.
    @_spi(Testing)
    public static func withGuardedMemory<Result>(
        _ kind: MemoryGuard, _ body: () throws -> Result
    ) rethrows -> (result: Result, damagedBlocks: Int) {
        GuardedMemory.turn.lock()
        defer { GuardedMemory.turn.unlock() }
        let before = GuardedMemory.enter(kind)
        defer { GuardedMemory.leave(before.kind) }
        let result = try body()
        return (result, GuardedMemory.damagedBlocks() - before.damaged)
    }
}

/// The guarded blocks that are in use.
enum GuardedMemory {
    private struct Block: @unchecked Sendable {
        // Sendable: a pointer that is used under the lock only.
        let base: UnsafeMutableRawPointer
        /// From `base`, the guard page not counted.
        let length: Int
        let offset: Int
        let byteCount: Int
        let isMapped: Bool

        /// Whether the bytes around the block are as they were made.
        var isIntact: Bool {
            let bytes = UnsafeRawBufferPointer(start: base, count: length)
            return bytes[..<offset].allSatisfy { $0 == GuardedMemory.pattern }
                && bytes[(offset + byteCount)...].allSatisfy { $0 == GuardedMemory.pattern }
        }
    }

    private struct State {
        var kind: MemoryGuard?
        var blocks: [UInt: Block] = [:]
        var damaged = 0
    }

    /// Held by the thread whose guards are in force, so that no other's damage is taken for its own.
    static let turn = NSRecursiveLock()
    private static let state = Locked(State())
    /// Read at each allocation, so without the lock.
    private static let active = Atomic<Bool>(false)
    private static let pattern: UInt8 = 0xA5
    private static let margin = 4096

    static var isActive: Bool { active.load(ordering: .relaxed) }

    static func enter(_ kind: MemoryGuard) -> (kind: MemoryGuard?, damaged: Int) {
        state.withLock { state in
            defer { state.kind = kind }
            active.store(true, ordering: .relaxed)
            return (state.kind, state.damaged)
        }
    }

    static func leave(_ kind: MemoryGuard?) {
        state.withLock { $0.kind = kind }
        active.store(kind != nil, ordering: .relaxed)
    }

    /// The blocks that were damaged so far, those in use included.
    static func damagedBlocks() -> Int {
        state.withLock { state in state.damaged + state.blocks.values.count(where: { !$0.isIntact }) }
    }

    /// A block of exactly `byteCount` bytes, aligned to 64; nil where no guards are asked for.
    static func allocate(byteCount: Int) -> UnsafeMutableRawPointer? {
        state.withLock { state -> UInt? in
            guard let kind = state.kind else { return nil }
            let aligned = (byteCount + 63) & ~63
            let length = (margin + aligned + margin - 1) & ~(margin - 1)
            let isMapped = kind == .pages
            guard let base = isMapped ? nn_map_guarded(length) : nn_allocate(length + margin) else { return nil }
            let block = Block(
                base: base, length: isMapped ? length : length + margin, offset: length - aligned,
                byteCount: byteCount, isMapped: isMapped)
            let bytes = UnsafeMutableRawBufferPointer(start: base, count: block.length)
            bytes.initializeMemory(as: UInt8.self, repeating: pattern)
            // All ones are NaN in float32 and bfloat16: what is read before it is written shows.
            let pointer = base + block.offset
            pointer.initializeMemory(as: UInt8.self, repeating: 0xFF, count: byteCount)
            state.blocks[UInt(bitPattern: pointer)] = block
            return UInt(bitPattern: pointer)
        }.flatMap { UnsafeMutableRawPointer(bitPattern: $0) }
    }

    /// Frees a block that ``allocate(byteCount:)`` gave.
    static func deallocate(_ pointer: UnsafeMutableRawPointer) {
        state.withLock { state in
            guard let block = state.blocks.removeValue(forKey: UInt(bitPattern: pointer)) else {
                trap("GuardedMemory: a block was freed twice")
            }
            if !block.isIntact { state.damaged += 1 }
            if block.isMapped { nn_unmap_guarded(block.base, block.length) } else { nn_free(block.base) }
        }
    }
}
