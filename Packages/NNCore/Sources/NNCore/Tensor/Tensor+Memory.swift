import CNNKernels

extension Tensor {
    /// Calls `body` with the values for reading. The address holds only until `body` returns.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let storage = storage
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeRawBufferPointer(start: storage.pointer, count: byteCount))
    }

    /// Calls `body` with the values for writing. Other tensors that shared them keep theirs.
    /// The address holds only until `body` returns.
    ///
    /// A variable may be written to. A result whose gradient may be asked for may not: its pullback would be that of
    /// the values before. Write to ``detached`` of it, and go on from there.
    public mutating func withUnsafeMutableBytes<Result, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        requireWritable("withUnsafeMutableBytes")
        makeUnique()
        let storage = storage
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeMutableRawBufferPointer(start: storage.pointer, count: byteCount))
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

    /// Equal for tensors that share their memory, as copies do until one is written to. It means nothing once the
    /// tensor is gone or was written to.
    @_spi(Kernels) public var memoryIdentity: ObjectIdentifier { ObjectIdentifier(storage) }

    /// Whether two tensors share their memory, as copies do until one is written to, or both have no values.
    @_spi(Kernels) public func sharesMemory(with other: Tensor) -> Bool {
        switch (contents, other.contents) {
        case (.values(let mine), .values(let others)): mine === others
        case (.symbolic, .symbolic): true
        default: false
        }
    }

    /// Some elements of the first dimension, `[count, ...]`, in the memory of this tensor, without a copy.
    @_spi(Kernels) public func rows(_ range: Range<Int>) -> Tensor {
        require(
            rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0], "rows: \(range) of \(specification)")
        var part = shape
        part[0] = range.count
        let start = range.lowerBound * (byteCount / Swift.max(shape[0], 1))
        let view = Storage(borrowing: storage.pointer + start, from: storage)
        return Tensor(shape: part, dataType: dataType, contents: .values(view))
    }

    /// What backends keep beside these values; emptied when the values are written to.
    ///
    /// For backends only (`@_spi(Kernels) import NNCore`).
    @_spi(Kernels) public var packedForms: PackedForms { storage.packed }

    /// The first byte, for operations and backends that pass it to a kernel while the tensor is alive.
    ///
    /// For backends only (`@_spi(Kernels) import NNCore`): it goes around value semantics. Write through it to
    /// a result that you have just made, and to nothing that a copy may share or that has packed forms.
    @_spi(Kernels) public var unsafePointer: UnsafeMutableRawPointer { storage.pointer }

    /// The tensor without ties to a mapped file, which another process may overwrite: in memory of its own.
    @_spi(Kernels) public var owned: Tensor {
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

    /// Traps where the values belong to an operation that gradients may flow through.
    func requireWritable(_ access: String) {
        if let operation = origin?.node.operation {
            trap(
                "\(access): \(specification) is a result of '\(operation.name)', through which gradients flow; write "
                    + "to its .detached")
        }
    }

    /// Whether nothing else refers to the values, so that a kernel may write others in their place.
    mutating func isUnique() -> Bool {
        guard case .values(var storage) = contents else { return false }
        contents = .symbolic(.none)
        defer { contents = .values(storage) }
        guard isKnownUniquelyReferenced(&storage), !storage.isBorrowed else { return false }
        storage.packed.removeAll()
        return true
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
