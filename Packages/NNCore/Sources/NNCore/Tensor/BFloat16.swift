import CNNKernels

/// A 16-bit floating-point number with the exponent range of `Float`: its upper half, rounded.
///
/// Only storage and conversion are provided; arithmetic is done in `Float`.
public struct BFloat16: Sendable, Hashable {
    /// The upper sixteen bits of the equal `Float`.
    public var bitPattern: UInt16

    /// The number with these bits.
    public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

    /// Rounds to nearest, ties to even; NaN stays NaN.
    public init(_ value: Float) { bitPattern = nn_to_bf16(value) }
}

extension Float {
    /// The exact value of a bfloat16 number.
    public init(_ value: BFloat16) { self = nn_from_bf16(value.bitPattern) }
}
