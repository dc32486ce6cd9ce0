/// A PNG file written by hand, so that a test can state every bit of it, also wrong ones.
struct PNGFile {
    enum ColorType: UInt8 {
        case grey = 0
        case rgb = 2
        case palette = 3
        case greyAlpha = 4
        case rgba = 6
    }

    var height: Int
    var width: Int
    var colorType: ColorType
    var bitDepth: UInt8 = 8
    /// The packed bytes of each row, without filter bytes.
    var rows: [[UInt8]]
    /// Chunks between the header and the pixels, such as `PLTE` or `tRNS`.
    var chunks: [(name: String, bytes: [UInt8])] = []

    static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    var bytes: [UInt8] {
        var header = Self.bigEndian(UInt32(width)) + Self.bigEndian(UInt32(height))
        header += [bitDepth, colorType.rawValue, 0, 0, 0]
        var file = Self.signature + Self.chunk("IHDR", header)
        for chunk in chunks { file += Self.chunk(chunk.name, chunk.bytes) }
        return file + Self.chunk("IDAT", Self.zlibStored(rows.flatMap { [0] + $0 })) + Self.chunk("IEND", [])
    }

    static func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
        let checked = Array(name.utf8) + bytes
        return bigEndian(UInt32(bytes.count)) + checked + bigEndian(crc32(checked))
    }

    static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// The zlib format with one block that is not compressed (RFC 1950 and 1951).
    private static func zlibStored(_ bytes: [UInt8]) -> [UInt8] {
        precondition(bytes.count < 65536)
        let count = UInt16(bytes.count)
        var lower: UInt32 = 1
        var upper: UInt32 = 0
        for byte in bytes {
            lower = (lower + UInt32(byte)) % 65521
            upper = (upper + lower) % 65521
        }
        let lengths = [count, ~count].flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        return [0x78, 0x01, 0x01] + lengths + bytes + bigEndian(upper << 16 | lower)
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var remainder: UInt32 = 0xffff_ffff
        for byte in bytes {
            remainder ^= UInt32(byte)
            for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xedb8_8320 : remainder >> 1 }
        }
        return ~remainder
    }
}
