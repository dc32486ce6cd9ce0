/// The types of elements that files of tensors hold, by their names in safetensors files.
public enum StoredElementType: String, Sendable, CaseIterable {
    /// One byte, 0 or 1; read as uint8.
    case bool = "BOOL"
    /// Unsigned, one byte; read as it is.
    case uint8 = "U8"
    /// Signed, one byte; read as int32.
    case int8 = "I8"
    /// Unsigned, two bytes; read as int32.
    case uint16 = "U16"
    /// Signed, two bytes; read as int32.
    case int16 = "I16"
    /// Half precision of IEEE 754; read as float32.
    case float16 = "F16"
    /// The upper half of float32; read as it is.
    case bfloat16 = "BF16"
    /// Unsigned, four bytes; read as int64.
    case uint32 = "U32"
    /// Signed, four bytes; read as it is.
    case int32 = "I32"
    /// Single precision of IEEE 754; read as it is.
    case float32 = "F32"
    /// Unsigned, eight bytes; no tensor holds them, so that they cannot be read.
    case uint64 = "U64"
    /// Signed, eight bytes; read as it is.
    case int64 = "I64"
    /// Double precision of IEEE 754; rounded to float32 when read.
    case float64 = "F64"

    /// The type under which elements of a tensor are stored.
    public init(_ dataType: DataType) {
        self =
            switch dataType {
            case .float32: .float32
            case .bfloat16: .bfloat16
            case .int32: .int32
            case .int64: .int64
            case .uint8: .uint8
            }
    }

    /// The size of one element in bytes.
    public var byteCount: Int {
        switch self {
        case .bool, .uint8, .int8: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        }
    }

    /// The type of the tensor that is read; nil where none can hold all values.
    public var dataType: DataType? {
        switch self {
        case .float32, .float16, .float64: .float32
        case .bfloat16: .bfloat16
        case .int32, .int8, .int16, .uint16: .int32
        case .int64, .uint32: .int64
        case .uint8, .bool: .uint8
        case .uint64: nil
        }
    }

    /// Whether elements are stored as tensors hold them.
    public var isStoredAsIs: Bool { dataType.map { StoredElementType($0) == self || self == .bool } ?? false }

    /// Puts stored elements, little-endian and not necessarily aligned, into the memory of a tensor of ``dataType``.
    ///
    /// The memory must have room for as many elements as `bytes` holds.
    public func convert(_ bytes: UnsafeRawBufferPointer, into memory: UnsafeMutableRawBufferPointer) {
        let room = memory.count / (dataType ?? .float32).byteCount
        require(
            bytes.count / byteCount <= room,
            "convert: \(bytes.count / byteCount) elements of \(rawValue) into memory for \(room)")
        func read<Stored: BitwiseCopyable, Scalar: TensorScalar & BitwiseCopyable>(
            _ stored: Stored.Type, _ convert: (Stored) -> Scalar
        ) {
            let size = MemoryLayout<Stored>.size
            for index in 0..<bytes.count / size {
                let value = convert(bytes.loadUnaligned(fromByteOffset: index * size, as: Stored.self))
                memory.storeBytes(of: value, toByteOffset: index * MemoryLayout<Scalar>.size, as: Scalar.self)
            }
        }
        switch self {
        case .bool, .uint8, .bfloat16, .int32, .float32, .int64:
            memory.copyMemory(from: bytes)
        case .int8: read(Int8.self) { Int32($0) }
        case .uint16: read(UInt16.self) { Int32($0) }
        case .int16: read(Int16.self) { Int32($0) }
        case .float16: read(UInt16.self, Float.init(halfBitPattern:))
        case .uint32: read(UInt32.self) { Int64($0) }
        case .float64: read(Double.self) { Float($0) }
        case .uint64: trap("\(rawValue) has no tensor type to convert to")
        }
    }
}

extension Shape {
    /// The largest number of dimensions that is read from files of tensors: that of NumPy and PyTorch.
    public static let maximumStoredRank = 64
}

extension Float {
    /// The value of an IEEE 754 half-precision number.
    init(halfBitPattern bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let magnitude = UInt32(bits & 0x7fff) << 13
        let isFinite = bits & 0x7c00 != 0x7c00
        // Scaling by 2^112 corrects the exponent's bias, and makes subnormal numbers normal.
        let value = isFinite ? Float(bitPattern: magnitude) * 0x1p112 : Float(bitPattern: magnitude | 0x7f80_0000)
        self.init(bitPattern: value.bitPattern | sign)
    }
}
