import NNLayers

/// The location of the elements of a tensor, verified to lie within its storage and the file.
struct PyTorchElements: Sendable {
    let type: StoredElementType
    let shape: Shape
    let storageKey: String
    /// The offset of the first element from the start of the storage, in bytes.
    let start: Int
    /// The number of elements of the storage from the first to the last, including those in between that do not belong
    /// to the tensor.
    let spanCount: Int
    /// The distance of neighbors along each dimension, in elements; nil for a contiguous tensor.
    let strides: [Int]?

    /// The largest tensor that may repeat elements: repetition takes no space in a file.
    private static let maximumRepeated = 1 << 24

    /// - Parameter byteCount: The size of a storage in the file, by its key; nil if it is missing.
    /// - Throws: ``PickleError`` if the tensor does not lie within its storage.
    init(
        _ tensor: PyTorchTensor, storage: PyTorchStorage, type: StoredElementType, byteCount: (String) -> Int?
    ) throws(PickleError) {
        shape = try tensor.checkedShape()
        self.type = type
        storageKey = storage.key
        guard let available = byteCount(storage.key) else {
            throw PickleError("its storage '\(storage.key)' is not in the file")
        }
        var last: Int? = 0
        // The stride of a dimension of length 1 is never used, and files have any number there.
        var strides = zip(tensor.lengths, tensor.strides).map { $0 == 1 ? 0 : $1 }
        if shape.contains(0) {
            spanCount = 0
            strides = shape.strides
        } else {
            for (length, stride) in zip(tensor.lengths, strides) {
                last = Self.add(last, Self.multiply(length - 1, stride))
            }
            spanCount = last.map { $0 == .max ? 0 : $0 + 1 } ?? 0
        }
        // In bytes: the bounds of the storage, and of the elements.
        let begin = Self.multiply(storage.offset, storage.elementType.byteCount)
        let end = Self.add(begin, Self.multiply(storage.count, storage.elementType.byteCount))
        let first = Self.add(begin, Self.multiply(tensor.offset, type.byteCount))
        let behind = Self.add(first, Self.multiply(spanCount, type.byteCount))
        guard last != nil, last != .max, let end, let first, let behind, spanCount == 0 || behind <= end else {
            throw PickleError(
                "\(shape) with strides \(tensor.strides) from element \(tensor.offset) on does not lie within its "
                    + "storage '\(storage.key)' of \(storage.count) elements")
        }
        guard end <= available else {
            throw PickleError(
                "its storage '\(storage.key)' should have \(end) bytes, but has \(available); is the file truncated?")
        }
        guard shape.elementCount <= Swift.max(spanCount, Self.maximumRepeated) else {
            throw PickleError("\(shape) repeats \(spanCount) elements; save a contiguous copy of it")
        }
        start = spanCount == 0 ? 0 : first
        let dense = zip(tensor.lengths, shape.strides).map { $0 == 1 ? 0 : $1 }
        self.strides = strides == dense || shape.contains(0) ? nil : strides
    }

    /// The contiguous tensor.
    /// - Parameter span: The stored elements from the first to the last, [``spanCount``].
    func gathered(from span: Tensor) -> Tensor {
        switch span.dataType {
        case .float32: gathered(Float.self, from: span)
        case .bfloat16: gathered(BFloat16.self, from: span)
        case .int32: gathered(Int32.self, from: span)
        case .int64: gathered(Int64.self, from: span)
        case .uint8: gathered(UInt8.self, from: span)
        }
    }

    private func gathered<Scalar: TensorScalar>(_ type: Scalar.Type, from span: Tensor) -> Tensor {
        let strides = strides ?? shape.strides
        var result = Tensor(uninitialized: shape, dataType: Scalar.dataType)
        result.withMutableScalars(as: type) { elements in
            span.withScalars(as: type) { stored in
                var index = [Int](repeating: 0, count: shape.rank)
                var source = 0
                for position in elements.indices {
                    elements[position] = stored[source]
                    for dimension in stride(from: shape.rank - 1, through: 0, by: -1) {
                        index[dimension] += 1
                        source += strides[dimension]
                        if index[dimension] < shape[dimension] { break }
                        source -= strides[dimension] * shape[dimension]
                        index[dimension] = 0
                    }
                }
            }
        }
        return result
    }

    private static func add(_ left: Int?, _ right: Int?) -> Int? {
        guard let left, let right else { return nil }
        let (sum, isOverflow) = left.addingReportingOverflow(right)
        return isOverflow ? nil : sum
    }

    private static func multiply(_ left: Int, _ right: Int) -> Int? {
        let (product, isOverflow) = left.multipliedReportingOverflow(by: right)
        return isOverflow ? nil : product
    }
}
