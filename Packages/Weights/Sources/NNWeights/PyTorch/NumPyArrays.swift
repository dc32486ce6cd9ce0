import NNLayers

/// An array of NumPy, as a pickle describes it, unverified.
struct NumPyArray {
    var lengths: [Int] = []
    var type: NumPyType?
    /// Whether the first dimension is the one of neighbors.
    var isColumnMajor = false
    var bytes: [UInt8] = []

    /// The array as a tensor of a storage with its bytes; nil for text, objects, dates and the like.
    fileprivate func tensor(storage key: String) -> PyTorchTensor? {
        guard let type, let elementType = type.elementType else { return nil }
        let order = isColumnMajor ? Array(lengths.indices) : lengths.indices.reversed()
        var strides = [Int](repeating: 1, count: lengths.count)
        var stride = 1
        for dimension in order {
            strides[dimension] = stride
            // A shape of too many elements is refused with the tensor.
            stride = stride.multipliedReportingOverflow(by: lengths[dimension]).partialValue
        }
        var tensor = PyTorchTensor(
            storage: PyTorchStorage(
                key: key, elementType: elementType, offset: 0, count: bytes.count / elementType.byteCount),
            elementType: elementType, lengths: lengths, strides: strides)
        if type.isBigEndian, elementType.byteCount > 1 { tensor.unsupported = "big-endian \(elementType.name)" }
        return tensor
    }
}

extension NumPyType {
    /// The type of PyTorch; nil where it has none.
    fileprivate var elementType: PyTorchElementType? {
        let names = [
            "f2": "float16", "f4": "float32", "f8": "float64", "i1": "int8", "i2": "int16", "i4": "int32",
            "i8": "int64", "u1": "uint8", "u2": "uint16", "u4": "uint32", "u8": "uint64", "b1": "bool",
        ]
        return names[code].flatMap { PyTorchElementType(dtype: $0) }
    }
}

/// The elements of the arrays of a file, by key.
struct NumPyStorages: PyTorchStorages {
    private var arrays: [String: [UInt8]] = [:]

    /// Makes a tensor of each array where there is no tensor: programs without PyTorch's types save weights so. In other
    /// files, arrays are states of random generators, scores and the like.
    init(replacingArraysIn objects: inout [PickleObject]) {
        if objects.contains(where: { if case .tensor = $0 { true } else { false } }) { return }
        for (index, object) in objects.enumerated() {
            let key = "array \(index)"
            guard case .array(let array) = object, let tensor = array.tensor(storage: key) else { continue }
            arrays[key] = array.bytes
            objects[index] = .tensor(tensor)
        }
    }

    var isEmpty: Bool { arrays.isEmpty }

    func byteCount(of key: String) -> Int? { arrays[key]?.count }

    func read(
        _ key: String, from start: Int, as type: StoredElementType, into memory: UnsafeMutableRawBufferPointer
    ) throws(PickleError) {
        guard let bytes = arrays[key] else { throw PickleError("has no storage '\(key)'") }
        let end = start + type.count(filling: memory) * type.byteCount
        bytes.withUnsafeBytes { type.convert(UnsafeRawBufferPointer(rebasing: $0[start..<end]), into: memory) }
    }

    func mapped(_ key: String, from start: Int, shape: Shape, dataType: DataType) -> Tensor? { nil }
}
