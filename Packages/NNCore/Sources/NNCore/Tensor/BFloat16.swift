/// A 16-bit floating-point number with the exponent range of `Float`: its upper half, rounded.
///
/// Only storage and conversion are provided; arithmetic happens in `Float`.
public struct BFloat16: Sendable, Hashable {
    /// The upper sixteen bits of the equal `Float`.
    public var bitPattern: UInt16

    public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

    /// Rounds to nearest, ties to even; NaN stays NaN.
    public init(_ value: Float) {
        let bits = value.bitPattern
        if value.isNaN {
            bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x40
        } else {
            bitPattern = UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16)
        }
    }
}

extension Float {
    /// The exact value of a 16-bit brain floating-point number.
    public init(_ value: BFloat16) { self.init(bitPattern: UInt32(value.bitPattern) << 16) }
}
