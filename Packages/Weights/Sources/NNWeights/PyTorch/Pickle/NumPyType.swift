/// The type of a NumPy number, which checkpoints have among their values.
struct NumPyType {
    /// The letter of the kind and the size in bytes: `f8`.
    let code: String
    var isBigEndian = false

    /// The number that bytes stand for; nil where the type is no common one.
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
