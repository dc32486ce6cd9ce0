import CKernels

extension Tensor {
    /// Calls `body` with the values for reading.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        let storage = storage
        return try withExtendedLifetime(storage) {
            try body(UnsafeRawBufferPointer(start: storage.pointer, count: byteCount))
        }
    }

    /// Calls `body` with the values for writing. Other tensors that shared them keep theirs.
    public mutating func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        makeUnique()
        let storage = storage
        return try withExtendedLifetime(storage) {
            try body(UnsafeMutableRawBufferPointer(start: storage.pointer, count: byteCount))
        }
    }

    /// Calls `body` with the values as an array of their Swift type, for reading.
    public func withScalars<Scalar: TensorScalar, Result>(
        as type: Scalar.Type = Scalar.self, _ body: (UnsafeBufferPointer<Scalar>) throws -> Result
    ) rethrows -> Result {
        require(dataType == Scalar.dataType, "withScalars: tensor holds \(dataType), not \(Scalar.dataType)")
        return try withUnsafeBytes { try body($0.bindMemory(to: Scalar.self)) }
    }

    /// Calls `body` with the values as an array of their Swift type, for writing.
    public mutating func withMutableScalars<Scalar: TensorScalar, Result>(
        as type: Scalar.Type = Scalar.self, _ body: (UnsafeMutableBufferPointer<Scalar>) throws -> Result
    ) rethrows -> Result {
        require(
            dataType == Scalar.dataType, "withMutableScalars: tensor holds \(dataType), not \(Scalar.dataType)")
        return try withUnsafeMutableBytes { try body($0.bindMemory(to: Scalar.self)) }
    }

    /// What backends keep beside these values; emptied when the values are written to.
    public var packedForms: PackedForms { storage.packed }

    /// The first byte, for operations that pass it to a kernel while the tensor is alive.
    public var unsafePointer: UnsafeMutableRawPointer { storage.pointer }

    /// The tensor without ties to a mapped file, which somebody may overwrite: in memory of its own.
    public var owned: Tensor {
        guard case .values(let storage) = contents, storage.isBorrowed else { return self }
        let result = Tensor(uninitialized: shape, dataType: dataType)
        // A part at a time, so that a large tensor is never in memory twice.
        let part = 1 << 24
        for start in stride(from: 0, to: byteCount, by: part) {
            let count = Swift.min(part, byteCount - start)
            nn_copy(result.unsafePointer + start, storage.pointer + start, count)
            storage.releasePages(start..<start + count)
        }
        return result
    }

    /// Gives this tensor memory of its own, and forgets the packed forms of it.
    mutating func makeUnique() {
        guard case .values(var storage) = contents else { return }
        contents = .symbolic(.none)
        if !isKnownUniquelyReferenced(&storage) || storage.isBorrowed {
            let copy = Storage(byteCount: byteCount)
            nn_copy(copy.pointer, storage.pointer, byteCount)
            storage = copy
        }
        storage.packed.removeAll()
        contents = .values(storage)
    }
}
