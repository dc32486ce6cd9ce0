/// Where a stream of random numbers starts: a pure function of a seed and of what it is for.
///
/// Numbers are made by Philox 4x32-10 (Salmon et al., SC 2011) from the key and a counter, so the
/// same key gives the same numbers on any number of threads, in any order, after any interruption.
public struct RandomKey: Hashable, Sendable {
    /// The two key words of Philox.
    public let bits: UInt64

    /// The key of a seed, from which those of all purposes are derived.
    public init(seed: UInt64) { bits = Self.mix(seed) }
    private init(bits: UInt64) { self.bits = bits }

    /// A key for a part of this one's work: an epoch, an index, a layer.
    public func derived(_ part: UInt64) -> RandomKey {
        RandomKey(bits: Self.mix(bits ^ Self.mix(part &+ 0x9e37_79b9_7f4a_7c15)))
    }

    /// A key for a step, an epoch or an index that is counted in `Int`.
    public func derived(_ part: Int) -> RandomKey { derived(UInt64(bitPattern: Int64(part))) }

    /// A key for a purpose, such as `"order"` or `"augmentation"`.
    public func derived(_ purpose: String) -> RandomKey {
        // FNV-1a: stable over processes, unlike Swift's own hashing.
        derived(purpose.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
    }

    /// The finalizer of SplitMix64 (Steele et al. 2014): every input bit changes every output bit.
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
