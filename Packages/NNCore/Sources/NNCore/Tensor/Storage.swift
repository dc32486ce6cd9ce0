/// A block of memory that tensors share until one of them is written to.
final class Storage: @unchecked Sendable {
    // Sendable: the bytes are written only through a Tensor that holds the sole reference, and by the operation or
    // backend that made them before it hands out a second one. The rest does not change.
    let pointer: UnsafeMutableRawPointer
    private let size: Int
    private let owner: AnyObject?

    /// What backends keep beside the values, such as weights packed for a kernel.
    /// Emptied whenever the values may change.
    let packed = PackedForms()

    init(byteCount: Int) {
        if GuardedMemory.isActive, let guarded = GuardedMemory.allocate(byteCount: byteCount) {
            (pointer, size) = (guarded, Storage.guardedSize)
        } else {
            (pointer, size) = Allocator.shared.allocate(byteCount: byteCount)
        }
        owner = nil
    }

    /// Memory that belongs to `owner`, for example a mapped file; it is never written to.
    init(borrowing pointer: UnsafeMutableRawPointer, from owner: AnyObject) {
        self.pointer = pointer
        self.owner = owner
        size = 0
    }

    var isBorrowed: Bool { owner != nil }

    /// Gives some bytes of a mapped file back to the system, which reads them again if they are looked at.
    func releasePages(_ bytes: Range<Int>) {
        (owner as? MappedFile)?.release(
            UnsafeRawBufferPointer(start: pointer + bytes.lowerBound, count: bytes.count))
    }

    /// In the place of a size: the block belongs to ``GuardedMemory``.
    private static let guardedSize = -1

    deinit {
        guard owner == nil else { return }
        if size == Storage.guardedSize {
            GuardedMemory.deallocate(pointer)
        } else {
            Allocator.shared.deallocate(pointer, size: size)
        }
    }
}
