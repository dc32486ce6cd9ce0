/// A value of pickled data.
enum PickleValue {
    case none
    case boolean(Bool)
    case integer(Int128)
    case number(Double)
    case text(String)
    case bytes([UInt8])
    /// One of the functions and types that are known.
    case global(PickleGlobal)
    /// What has parts, by its place in the list of all objects.
    case object(Int)
    /// Data that no weights are in, such as a device.
    case opaque

    /// A whole number that fits, such as a length.
    var int: Int? { if case .integer(let value) = self { Int(exactly: value) } else { nil } }

    /// The value as people write it; nil for what is no plain value.
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

/// A value that has parts, or that later operations change.
///
/// Objects lie in one list and refer to each other by index, so that neither cycles nor deep nesting, which pickled
/// data may have, cost anything when they are given up.
enum PickleObject {
    case tuple([PickleValue])
    case list([PickleValue])
    case dictionary([(key: PickleValue, value: PickleValue)])
    case storage(PyTorchStorage)
    case tensor(PyTorchTensor)
    case numPyType(NumPyType)
}
