extension Tensor {
    /// Whether no infinity and no NaN is among the values.
    public var isFinite: Bool {
        // Whole numbers are compared, which the compiler does many at a time.
        switch dataType {
        case .float32:
            withUnsafeBytes { bytes in
                bytes.bindMemory(to: UInt32.self).reduce(0) { Swift.max($0, $1 & 0x7f80_0000) } < 0x7f80_0000
            }
        case .bfloat16:
            withUnsafeBytes { bytes in
                bytes.bindMemory(to: UInt16.self).reduce(0) { Swift.max($0, $1 & 0x7f80) } < 0x7f80
            }
        default: true
        }
    }
}
