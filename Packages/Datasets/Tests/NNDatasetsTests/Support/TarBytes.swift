/// A tar file written by hand, so that a test can state every byte of it, also wrong ones.
struct TarBytes {
    private(set) var bytes: [UInt8] = []

    /// Two blocks of zeros, as at the end of a tar file.
    static let end = [UInt8](repeating: 0, count: 1024)

    /// The file with its end.
    var ended: [UInt8] { bytes + Self.end }

    init() {}

    /// A file of plain members.
    init(_ members: [(name: String, bytes: [UInt8])]) {
        for member in members { add(member.name, member.bytes) }
    }

    /// Adds a member.
    /// - Parameters:
    ///   - kind: The type flag, that of a file by default.
    ///   - prefix: The beginning of the path, in its own field.
    ///   - size: The text or bytes of the size; nil for octal digits.
    ///   - magic: The field that tells the standard from GNU.
    mutating func add(
        _ name: String, _ content: [UInt8] = [], kind: Character = "0", prefix: String = "", size: [UInt8]? = nil,
        magic: String = "ustar\u{0}00"
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func set(_ text: [UInt8], at offset: Int) {
            header.replaceSubrange(offset..<(offset + text.count), with: text)
        }
        set(Array(name.utf8.prefix(100)), at: 0)
        set(Array("0000644\u{0}".utf8), at: 100)
        set(size ?? Array(Self.octal(content.count, 11).utf8), at: 124)
        set([UInt8](repeating: 0x20, count: 8), at: 148)
        set(Array(String(kind).utf8), at: 156)
        set(Array(magic.utf8), at: 257)
        set(Array(prefix.utf8), at: 345)
        let sum = header.reduce(0) { $0 + Int($1) }
        set(Array((Self.octal(sum, 6) + "\u{0} ").utf8), at: 148)
        bytes += header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    /// Adds records of pax for the next member.
    mutating func addRecords(_ records: [(key: String, value: String)], kind: Character = "x") {
        var text = ""
        for (key, value) in records {
            let rest = " \(key)=\(value)\n"
            // The length has its own digits.
            var length = rest.utf8.count + 1
            while "\(length)".utf8.count + rest.utf8.count != length { length += 1 }
            text += "\(length)\(rest)"
        }
        add("PaxHeaders/a", Array(text.utf8), kind: kind)
    }

    private static func octal(_ number: Int, _ digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: max(digits - text.count, 0)) + text
    }
}
