/// A 64-bit hash that detects damaged files and equal images: XXH64 (Collet 2014), which reads memory faster than a disk
/// delivers it. It is not cryptographic.
///
/// Each call adds one unit: `add("ab")` differs from `add("a")`, `add("b")`.
@_spi(Internal) public struct ContentHash: Sendable {
    /// The hash of all that was added.
    public private(set) var value: UInt64 = 0

    private static let prime1: UInt64 = 0x9e37_79b1_85eb_ca87
    private static let prime2: UInt64 = 0xc2b2_ae3d_27d4_eb4f
    private static let prime3: UInt64 = 0x1656_67b1_9e37_79f9
    private static let prime4: UInt64 = 0x85eb_ca77_c2b2_ae63
    private static let prime5: UInt64 = 0x27d4_eb2f_1656_67c5

    /// A hash of nothing, 0.
    public init() {}

    /// The hash as 16 hexadecimal digits.
    public var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Adds the UTF-8 of a text.
    public mutating func add(_ text: String) { Array(text.utf8).withUnsafeBytes { add($0) } }

    /// Adds bytes, seeded by the hash of those before.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) { value = Self.hash(bytes, seed: value) }

    static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var offset = 0
        var hash: UInt64
        if bytes.count >= 32 {
            var (a, b) = (seed &+ prime1 &+ prime2, seed &+ prime2)
            var (c, d) = (seed, seed &- prime1)
            while offset + 32 <= bytes.count {
                a = round(a, bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                b = round(b, bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
                c = round(c, bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self))
                d = round(d, bytes.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self))
                offset += 32
            }
            hash = rotated(a, by: 1) &+ rotated(b, by: 7) &+ rotated(c, by: 12) &+ rotated(d, by: 18)
            for lane in [a, b, c, d] { hash = (hash ^ round(0, lane)) &* prime1 &+ prime4 }
        } else {
            hash = seed &+ prime5
        }
        hash &+= UInt64(bytes.count)
        while offset + 8 <= bytes.count {
            hash ^= round(0, bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            hash = rotated(hash, by: 27) &* prime1 &+ prime4
            offset += 8
        }
        if offset + 4 <= bytes.count {
            hash ^= UInt64(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) &* prime1
            hash = rotated(hash, by: 23) &* prime2 &+ prime3
            offset += 4
        }
        for index in offset..<bytes.count {
            hash ^= UInt64(bytes[index]) &* prime5
            hash = rotated(hash, by: 11) &* prime1
        }
        hash = (hash ^ (hash >> 33)) &* prime2
        hash = (hash ^ (hash >> 29)) &* prime3
        return hash ^ (hash >> 32)
    }

    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotated(lane &+ word &* prime2, by: 31) &* prime1
    }

    private static func rotated(_ value: UInt64, by count: UInt64) -> UInt64 {
        value &<< count | value &>> (64 &- count)
    }
}
