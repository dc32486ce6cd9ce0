/// The element type of a tensor.
public enum DataType: String, Sendable, Hashable, Codable, CaseIterable {
    /// Single precision of IEEE 754: weights, statistics, losses and, by default, activations.
    case float32
    /// The upper half of float32, with 8 bits of mantissa: activations in half the memory.
    case bfloat16
    /// Signed integers of four bytes: indices.
    case int32
    /// Signed integers of eight bytes: indices and class indices.
    case int64
    /// Unsigned integers of one byte: the results of comparisons, pixels and class indices.
    case uint8

    /// The size of one element in bytes.
    public var byteCount: Int {
        switch self {
        case .float32, .int32: 4
        case .bfloat16: 2
        case .int64: 8
        case .uint8: 1
        }
    }

    /// Whether values of this type can carry gradients.
    public var isFloatingPoint: Bool { self == .float32 || self == .bfloat16 }
}

/// A Swift type that can be an element of a tensor.
public protocol TensorScalar: Sendable {
    /// The tensor element type that has the memory layout of this type.
    static var dataType: DataType { get }
}

extension Float: TensorScalar { public static var dataType: DataType { .float32 } }
extension BFloat16: TensorScalar { public static var dataType: DataType { .bfloat16 } }
extension Int32: TensorScalar { public static var dataType: DataType { .int32 } }
extension Int64: TensorScalar { public static var dataType: DataType { .int64 } }
extension UInt8: TensorScalar { public static var dataType: DataType { .uint8 } }
