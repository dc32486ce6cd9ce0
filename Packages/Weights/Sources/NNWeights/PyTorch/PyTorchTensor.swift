import NNLayers

/// A tensor as a file describes it, unverified.
struct PyTorchTensor {
    /// Nil for tensors without an ordinary storage.
    var storage: PyTorchStorage?
    var elementType: PyTorchElementType?
    /// The index of the first element in the storage.
    var offset = 0
    var lengths: [Int] = []
    /// The distance of neighbors along each dimension, in elements.
    var strides: [Int] = []
    /// The kind of an unsupported tensor, such as `sparse`.
    var unsupported: String?

    /// The type, for messages.
    var typeName: String { unsupported ?? elementType?.name ?? "unknown" }

    /// The shape, whose element count is known not to overflow.
    /// - Throws: ``PickleError`` if it does.
    func checkedShape() throws(PickleError) -> Shape {
        guard lengths.count <= Shape.maximumStoredRank else {
            throw PickleError("it has \(lengths.count) dimensions; at most \(Shape.maximumStoredRank) are read")
        }
        let shape = Shape(lengths)
        guard let count = shape.checkedElementCount, count <= Int.max / 16 else {
            throw PickleError("its shape \(shape) has more elements than can be counted")
        }
        return shape
    }
}

/// A run of elements that tensors are views of, as a file describes it.
struct PyTorchStorage {
    /// The name in the file.
    let key: String
    let elementType: PyTorchElementType
    /// The first element within what the file has under the key.
    var offset: Int
    /// The number of elements.
    var count: Int
}

/// The element type of a storage or tensor, under PyTorch's name.
struct PyTorchElementType: Hashable {
    /// `float32`, `complex64`; `bytes` for an untyped storage.
    let name: String
    /// The size of one element in bytes.
    let byteCount: Int

    /// How elements are read; nil if no tensor can hold them.
    var stored: StoredElementType? { Self.readable[name].flatMap { $0.dataType == nil ? nil : $0 } }

    /// The type of a storage class.
    init?(storage name: String) {
        guard let name = Self.storages[name] else { return nil }
        self.init(known: name)
    }

    /// A type of the module `torch`.
    init?(dtype name: String) { self.init(known: Self.synonyms[name] ?? name) }

    private init?(known name: String) {
        guard let byteCount = Self.readable[name]?.byteCount ?? Self.others[name] else { return nil }
        (self.name, self.byteCount) = (name, byteCount)
    }

    /// The names of the supported types.
    static var readableNames: String {
        readable.filter { $0.value.dataType != nil }.keys.sorted().joined(separator: ", ")
    }

    private static let readable: [String: StoredElementType] = [
        "bool": .bool, "uint8": .uint8, "int8": .int8, "uint16": .uint16, "int16": .int16, "uint32": .uint32,
        "int32": .int32, "uint64": .uint64, "int64": .int64, "float16": .float16, "bfloat16": .bfloat16,
        "float32": .float32, "float64": .float64,
    ]

    private static let others = [
        "bytes": 1, "complex32": 4, "complex64": 8, "complex128": 16, "quint8": 1, "qint8": 1, "qint32": 4,
        "quint4x2": 1, "quint2x4": 1, "float8_e4m3fn": 1, "float8_e4m3fnuz": 1, "float8_e5m2": 1,
        "float8_e5m2fnuz": 1, "float8_e8m0fnu": 1, "float4_e2m1fn_x2": 1,
    ]

    private static let storages = [
        "FloatStorage": "float32", "DoubleStorage": "float64", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
        "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8",
        "ByteStorage": "uint8", "BoolStorage": "bool", "ComplexFloatStorage": "complex64",
        "ComplexDoubleStorage": "complex128", "QUInt8Storage": "quint8", "QInt8Storage": "qint8",
        "QInt32Storage": "qint32", "QUInt4x2Storage": "quint4x2", "QUInt2x4Storage": "quint2x4",
        "UntypedStorage": "bytes", "_UntypedStorage": "bytes",
    ]

    private static let synonyms = [
        "float": "float32", "double": "float64", "half": "float16", "long": "int64", "int": "int32", "short": "int16",
        "cfloat": "complex64", "cdouble": "complex128",
    ]
}

extension StoredElementType {
    /// The number of elements that fill the memory of a tensor.
    func count(filling memory: UnsafeMutableRawBufferPointer) -> Int {
        memory.count / (dataType ?? .float32).byteCount
    }
}
