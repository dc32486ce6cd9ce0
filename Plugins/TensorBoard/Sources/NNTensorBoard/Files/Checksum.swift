/// The checksums of records in event files.
enum Checksum {
    /// Remainders of single bytes for the reflected polynomial of Castagnoli.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }

    /// CRC-32C (RFC 3720, appendix B.4).
    static func crc32c(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { value, byte in value >> 8 ^ table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] }
    }

    /// The form in which records hold a checksum, so that one of data with checksums is none of a simple pattern.
    static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let value = crc32c(bytes)
        return (value >> 15 | value << 17) &+ 0xA282_EAD8
    }
}
