/// Takes numbers and lines from bytes, each checked against their end.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    /// The byte that comes next.
    private(set) var position: Int

    /// - Parameter bytes: must stay valid as long as this reader is used.
    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        self.bytes = bytes
        self.position = Swift.min(position, bytes.count)
    }

    /// How many bytes are left.
    var remaining: Int { bytes.count - position }

    mutating func take(_ count: Int) throws(PickleError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw PickleError("\(count) bytes are expected at byte \(position) of \(bytes.count); is the file cut off?")
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// A little-endian number.
    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        as type: Number.Type
    ) throws(PickleError) -> Number {
        Number(littleEndian: try take(MemoryLayout<Number>.size).loadUnaligned(as: Number.self))
    }

    /// As many bytes as a little-endian number before them says.
    mutating func counted<Count: FixedWidthInteger & BitwiseCopyable>(
        by type: Count.Type
    ) throws(PickleError) -> UnsafeRawBufferPointer {
        let count = try number(as: type)
        guard let count = Int(exactly: count) else { throw PickleError("\(count) bytes are more than a file holds") }
        return try take(count)
    }

    /// The text up to the end of the line, which is stepped over.
    mutating func line() throws(PickleError) -> String {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
            throw PickleError("the line that begins at byte \(position) does not end; is the file cut off?")
        }
        let line = try take(end - position)
        _ = try take(1)
        return try text(line)
    }

    /// Bytes as text.
    func text(_ bytes: UnsafeRawBufferPointer) throws(PickleError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw PickleError("the text that ends at byte \(position) is not UTF-8")
        }
        return text
    }
}
