/// A value of a pickle.
enum PickleValue {
    case none
    case boolean(Bool)
    case integer(Int128)
    case number(Double)
    case text(String)
    case bytes([UInt8])
    /// A function or type.
    case global(PickleGlobal)
    /// A composite value, by its index in the list of all objects.
    case object(Int)
    /// Data without weights, such as a device.
    case opaque

    /// The integer, such as a length; nil for other values and those beyond `Int`.
    var int: Int? { if case .integer(let value) = self { Int(exactly: value) } else { nil } }

    /// The value as text; nil for other than numbers, truth values and text.
    var plainText: String? {
        switch self {
        case .boolean(let value): String(value)
        case .integer(let value): String(value)
        case .number(let value): String(value)
        case .text(let value): value
        case .none, .bytes, .global, .object, .opaque: nil
        }
    }
}

/// A composite value, or one that later operations change.
///
/// Objects are stored in one list and refer to each other by index, so cycles and deep nesting, which pickles may have,
/// neither leak nor overflow the stack when they are released.
enum PickleObject {
    case tuple([PickleValue])
    case list([PickleValue])
    case dictionary([(key: PickleValue, value: PickleValue)])
    case storage(PyTorchStorage)
    case tensor(PyTorchTensor)
    case numPyType(NumPyType)
    case array(NumPyArray)
    /// An object of an unknown type, by its name, with the state that was set; its constructor's arguments are dropped.
    case instance(type: String, state: PickleValue?)
}

/// The functions and types that pickles name. None of them is run: each stands for data, of an unknown form unless it is
/// one of the types that weights need.
enum PickleGlobal: Hashable {
    /// `collections.OrderedDict` and its like.
    case dictionary
    /// `set` and its like.
    case list
    case tuple
    case bytes
    /// `_codecs.encode`: how protocol 2 writes bytes.
    case encode
    case storageType(PyTorchElementType)
    case elementType(PyTorchElementType)
    case rebuild(TensorFunction)
    /// `Parameter`, `FloatTensor` and their like, which the first versions called directly.
    case tensorType
    case numPyScalar
    case numPyType
    /// `_reconstruct`, which makes an empty array whose state follows.
    case numPyArray
    /// `_frombuffer`, which makes an array of bytes.
    case numPyArrayOfBytes
    /// What weights do not depend on: devices and layouts.
    case opaque
    /// A function of PyTorch for tensors of an unknown kind.
    case unknownTensor(String)
    /// Anything else, `argparse.Namespace` or `os.system`: what it makes is kept unread.
    case unknown(String)

    /// A function that makes a tensor from a storage or another tensor.
    enum TensorFunction: String {
        case tensor = "_rebuild_tensor"
        case tensor2 = "_rebuild_tensor_v2"
        case tensor3 = "_rebuild_tensor_v3"
        case parameter = "_rebuild_parameter"
        case parameterWithState = "_rebuild_parameter_with_state"
        case fromType = "_rebuild_from_type_v2"
        case quantized = "_rebuild_qtensor"
        case sparse = "_rebuild_sparse_tensor"
        case compressed = "_rebuild_sparse_csr_tensor"
        case nested = "_rebuild_nested_tensor"
        case meta = "_rebuild_meta_tensor_no_storage"
    }

    /// Looks a name up.
    init(module: String, name: String) {
        let isTensor = ["torch._utils", "torch._tensor"].contains(module) && name.hasPrefix("_rebuild")
        self =
            Self.find(module, name)
            ?? (isTensor ? .unknownTensor(name) : .unknown(String("\(module).\(name)".prefix(200))))
    }

    private static func find(_ module: String, _ name: String) -> PickleGlobal? {
        switch module {
        case "torch", "torch.cuda", "torch.storage":
            if let type = PyTorchElementType(storage: name) { return .storageType(type) }
            if module == "torch.storage" { return ["TypedStorage", "_TypedStorage"].contains(name) ? .opaque : nil }
            if let type = PyTorchElementType(dtype: name) { return .elementType(type) }
            if tensorTypes.contains(name) { return .tensorType }
            return name == "Size" ? .tuple : constants.contains(name) ? .opaque : nil
        case "torch._utils", "torch._tensor":
            return TensorFunction(rawValue: name).map(rebuild)
        case "torch.nn.parameter": return ["Parameter", "Buffer"].contains(name) ? .tensorType : nil
        case "torch.autograd.variable": return name == "Variable" ? .tensorType : nil
        case "torch.serialization": return name == "_get_layout" ? .opaque : nil
        case "collections": return ["OrderedDict", "defaultdict", "Counter"].contains(name) ? .dictionary : nil
        case "builtins", "__builtin__":
            return switch name {
            case "dict": .dictionary
            case "list", "set", "frozenset": .list
            case "bytes", "bytearray": .bytes
            default: nil
            }
        case "_codecs": return name == "encode" ? .encode : nil
        case "numpy": return name == "dtype" ? .numPyType : name == "ndarray" ? .opaque : nil
        case "numpy.core.multiarray", "numpy._core.multiarray":
            return name == "scalar" ? .numPyScalar : name == "_reconstruct" ? .numPyArray : nil
        case "numpy.core.numeric", "numpy._core.numeric": return name == "_frombuffer" ? .numPyArrayOfBytes : nil
        default: return nil
        }
    }

    private static let tensorTypes: Set<String> = [
        "Tensor", "FloatTensor", "DoubleTensor", "HalfTensor", "BFloat16Tensor", "LongTensor", "IntTensor",
        "ShortTensor", "CharTensor", "ByteTensor", "BoolTensor",
    ]

    private static let constants: Set<String> = [
        "device", "strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc",
        "per_tensor_affine", "per_channel_affine", "per_tensor_symmetric", "per_channel_symmetric",
        "per_channel_affine_float_qparams", "contiguous_format", "channels_last", "channels_last_3d",
        "preserve_format",
    ]
}

/// The type of a NumPy scalar or array.
struct NumPyType {
    /// The letter of the kind, and the size in bytes: `f8`.
    let code: String
    var isBigEndian = false

    /// The number that is stored as these bytes; nil for an uncommon type.
    func value(_ bytes: [UInt8]) -> PickleValue? {
        let bytes = isBigEndian ? bytes.reversed() : bytes
        func read<Number: BitwiseCopyable>(_ type: Number.Type) -> Number? {
            bytes.count == MemoryLayout<Number>.size ? bytes.withUnsafeBytes { $0.loadUnaligned(as: type) } : nil
        }
        return switch code {
        case "f4": read(Float.self).map { .number(Double($0)) }
        case "f8": read(Double.self).map { .number($0) }
        case "i1": read(Int8.self).map { .integer(Int128($0)) }
        case "i2": read(Int16.self).map { .integer(Int128($0)) }
        case "i4": read(Int32.self).map { .integer(Int128($0)) }
        case "i8": read(Int64.self).map { .integer(Int128($0)) }
        case "u1": read(UInt8.self).map { .integer(Int128($0)) }
        case "u2": read(UInt16.self).map { .integer(Int128($0)) }
        case "u4": read(UInt32.self).map { .integer(Int128($0)) }
        case "u8": read(UInt64.self).map { .integer(Int128($0)) }
        case "b1": read(UInt8.self).map { .boolean($0 != 0) }
        default: nil
        }
    }
}
