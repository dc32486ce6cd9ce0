import Foundation
@_spi(Text) import NNCore

/// Lists the members of a tar file by their headers alone: ustar, the long names of GNU and the records of pax.
struct TarReader {
    /// A file in the archive.
    struct Member {
        /// The path in the archive, in whatever encoding it has.
        var name: [UInt8]
        /// The position of its first header, which may be one of a long name.
        var start: Int
        /// The position of its bytes.
        var offset: Int
        /// The number of its bytes.
        var count: Int

        /// The name for messages.
        var text: String { TarReader.text(of: name) }
    }

    /// A name for messages: damaged headers claim names of a megabyte.
    static func text(of name: some Collection<UInt8>) -> String {
        let limit = 500
        return String(decoding: name.prefix(limit), as: UTF8.self) + (name.count > limit ? "..." : "")
    }

    static let blockSize = 512
    /// Longer names are none.
    private static let longestExtension = 1 << 20
    /// The members that are shorter are read along, as they cost less than a jump.
    private static let smallMember = 1 << 14
    private static let windowSize = 1 << 16

    let file: ShardFile
    /// The position of the next header.
    private(set) var position: Int
    /// The last member, for messages.
    private var last: Member?
    /// What was read of the file: several headers at once where members are small.
    private var window: [UInt8] = []
    private var windowStart = 0
    private var windowLength: Int
    /// What pax states for all members that follow.
    private var globals = Extension()

    /// - Parameters:
    ///   - position: That of a first header.
    ///   - window: How much is read at a time, at first.
    init(_ file: ShardFile, at position: Int = 0, window: Int = windowSize) {
        self.file = file
        self.position = position
        windowLength = window
    }

    /// The next file; nil at the end of the archive. Folders, links and the like are skipped.
    /// - Throws: ``DatasetError`` where the archive is damaged or cut.
    mutating func next() throws(DatasetError) -> Member? {
        var start = position
        var own = Extension()
        while let header = try header() {
            let extends = "LKxg".utf8.contains(header.kind)
            let count = extends ? header.count : own.count ?? globals.count ?? header.count
            let content = position + Self.blockSize
            // Links and folders may state a size, and have no bytes.
            let isEmpty = "123456".utf8.contains(header.kind)
            guard isEmpty || count <= file.byteCount - content else {
                throw cut(
                    "'\(header.text)' at byte \(start) has \(count) bytes, and \(file.byteCount - content) are left"
                )
            }
            position = content + (isEmpty ? 0 : (count + Self.blockSize - 1) / Self.blockSize * Self.blockSize)
            switch header.kind {
            case UInt8(ascii: "L"): own.name = Array(try text(header, at: content).prefix { $0 != 0 })
            case UInt8(ascii: "x"): try own.add(records: text(header, at: content), self)
            case UInt8(ascii: "g"): try globals.add(records: text(header, at: content), self)
            case UInt8(ascii: "S"): throw sparse(header.text)
            case UInt8(ascii: "M"):
                throw error("'\(header.text)' continues in another volume", "Make the archive without --multi-volume")
            case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
                let name = own.name ?? globals.name ?? header.name
                // In the oldest form a slash at the end makes a folder.
                if name.last != UInt8(ascii: "/") {
                    let member = Member(name: name, start: start, offset: content, count: count)
                    last = member
                    windowLength = count <= Self.smallMember ? Self.windowSize : 2 * Self.blockSize
                    return member
                }
                (start, own) = (position, Extension())
            case UInt8(ascii: "K"): break
            default: (start, own) = (position, Extension())
            }
        }
        return nil
    }

    /// What the records before a header state for it.
    private struct Extension {
        var name: [UInt8]?
        var count: Int?

        /// Adds the records of pax: `LENGTH KEY=VALUE` and a line end each.
        mutating func add(records: [UInt8], _ reader: TarReader) throws(DatasetError) {
            var rest = records[...]
            while let space = rest.firstIndex(of: UInt8(ascii: " ")) {
                let digits = String(decoding: rest[..<space], as: UTF8.self)
                guard let length = Int(digits), length > digits.utf8.count + 1, length <= rest.count,
                    let equals = rest[space...].firstIndex(of: UInt8(ascii: "=")),
                    equals < rest.startIndex + length
                else { throw reader.damaged("a record of pax has the length '\(digits.prefix(20))'") }
                let key = String(decoding: rest[(space + 1)..<equals], as: UTF8.self)
                let value = rest[(equals + 1)..<(rest.startIndex + length)].dropLast()
                if key == "path" { name = Array(value) }
                if key == "size" {
                    guard let number = Int(String(decoding: value, as: UTF8.self)), number >= 0 else {
                        throw reader.damaged("a record of pax has a size that is no number")
                    }
                    count = number
                }
                if key.hasPrefix("GNU.sparse.") {
                    throw reader.sparse(name.map { TarReader.text(of: $0) } ?? "a member")
                }
                rest = rest.dropFirst(length)
            }
        }
    }

    /// What one header states.
    private struct Header {
        let name: [UInt8]
        let count: Int
        let kind: UInt8

        var text: String { TarReader.text(of: name) }
    }

    /// The header at the position; nil for the end.
    private mutating func header() throws(DatasetError) -> Header? {
        guard let block = block(at: position) else { throw unended() }
        if block.allSatisfy({ $0 == 0 }) {
            try checkEnd()
            return nil
        }
        guard Self.hasChecksum(block) else { throw position == 0 ? noArchive(block) : damaged("its checksum is wrong") }
        func field(_ offset: Int, _ length: Int) -> ArraySlice<UInt8> {
            block[(block.startIndex + offset)..<(block.startIndex + offset + length)]
        }
        func text(_ offset: Int, _ length: Int) -> [UInt8] { Array(field(offset, length).prefix { $0 != 0 }) }
        guard let count = Self.number(field(124, 12)) else { throw damaged("its size is no number") }
        // GNU has other things where the standard has the beginning of a long path.
        let isStandard = field(257, 6).elementsEqual("ustar\0".utf8)
        let prefix = isStandard ? text(345, 155) : []
        let name = prefix + (prefix.isEmpty ? [] : [UInt8(ascii: "/")]) + text(0, 100)
        return Header(name: name, count: count, kind: field(156, 1).first ?? 0)
    }

    /// A block, from the window or into it; nil where the file ends.
    private mutating func block(at offset: Int) -> ArraySlice<UInt8>? {
        if offset < windowStart || offset + Self.blockSize > windowStart + window.count {
            window = file.bytes(at: offset, count: min(windowLength, max(file.byteCount - offset, 0)))
            windowStart = offset
            if window.count < Self.blockSize { return nil }
        }
        return window[(offset - windowStart)..<(offset - windowStart + Self.blockSize)]
    }

    /// The bytes of a header that extends another one.
    private func text(_ header: Header, at offset: Int) throws(DatasetError) -> [UInt8] {
        guard header.count <= Self.longestExtension else { throw damaged("it has a name of \(header.count) bytes") }
        let bytes = file.bytes(at: offset, count: header.count)
        guard bytes.count == header.count else { throw unreadable(at: offset) }
        return bytes
    }

    /// The sum of all bytes, in which those of the sum itself count as spaces; some old programs add signed bytes.
    private static func hasChecksum(_ block: ArraySlice<UInt8>) -> Bool {
        let sumField = (block.startIndex + 148)..<(block.startIndex + 156)
        guard let stated = number(block[sumField]) else { return false }
        var (sum, signed) = (0, 0)
        for index in block.indices {
            let byte = sumField.contains(index) ? 0x20 : block[index]
            sum += Int(byte)
            signed += Int(Int8(bitPattern: byte))
        }
        return stated == sum || stated == signed
    }

    /// Octal digits between spaces and zeros or, marked by the first bit, bytes of a large number.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        guard let first = field.first else { return nil }
        if first & 0x80 != 0 {
            var value = Int(first & 0x7f)
            for byte in field.dropFirst() {
                if value >> 47 != 0 { return nil }
                value = value << 8 | Int(byte)
            }
            return value
        }
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
        if digits.contains(where: { !(0x30...0x37 ~= $0) }) { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    }
}

// What may be wrong with an archive.
extension TarReader {
    private static let copyRemedy = "Copy or download the shard again, or write it again with 'nn data shard'"

    private func error(_ reason: String, _ remedy: String = copyRemedy) -> DatasetError {
        DatasetError(place: file.path, reason: reason, remedy: remedy)
    }

    private func cut(_ reason: String) -> DatasetError { error("the shard is cut: \(reason)") }

    private func unreadable(at offset: Int) -> DatasetError {
        error("it cannot be read at byte \(offset)", "Check the disk, then try again")
    }

    private func damaged(_ reason: String) -> DatasetError {
        let place = last.map { ", after '\($0.text)'" } ?? ""
        return error("the header at byte \(position)\(place) is damaged: \(reason)")
    }

    private func sparse(_ name: String) -> DatasetError {
        error("'\(name)' is stored as a sparse file, of which parts are left out", "Make the archive without --sparse")
    }

    /// A file that ends without the two blocks of zeros.
    private func unended() -> DatasetError {
        if file.byteCount == 0 { return error("the file is empty") }
        if position + Self.blockSize <= file.byteCount { return unreadable(at: position) }
        guard let last else { return noArchive(file.bytes(at: 0, count: Self.blockSize)[...]) }
        return cut(
            "after '\(last.text)' at byte \(last.start) it lacks the two blocks of zeros at the end, and it ends at "
                + "byte \(file.byteCount)")
    }

    /// The second block of zeros, and nothing behind it.
    private mutating func checkEnd() throws(DatasetError) {
        let end = position
        guard let second = block(at: end + Self.blockSize) else {
            throw cut("it ends with a single block of zeros at byte \(end), and not with two")
        }
        guard second.allSatisfy({ $0 == 0 }) else {
            position += Self.blockSize
            throw damaged("a single block of zeros is before it, and an end has two")
        }
        var offset = end + 2 * Self.blockSize
        while offset < file.byteCount {
            let bytes = file.bytes(at: offset, count: Self.windowSize)
            if bytes.isEmpty { throw unreadable(at: offset) }
            if let other = bytes.firstIndex(where: { $0 != 0 }) {
                throw error(
                    "the archive ends at byte \(end), and the file goes on at byte \(offset + other)",
                    "If tar files were joined by 'cat', join them by 'tar --concatenate', or keep them apart")
            }
            offset += bytes.count
        }
    }

    /// What is no tar file, by its first bytes.
    private func noArchive(_ beginning: ArraySlice<UInt8>) -> DatasetError {
        if let other = FileStandIn(beginning) { return error("it is \(other.description)", other.remedySentence) }
        let compressions: [(name: String, program: String, mark: [UInt8])] = [
            ("gzip", "gunzip", [0x1f, 0x8b]), ("zstd", "zstd -d", [0x28, 0xb5, 0x2f, 0xfd]),
            ("xz", "unxz", [0xfd, 0x37, 0x7a]), ("bzip2", "bunzip2", [0x42, 0x5a, 0x68]),
        ]
        if let found = compressions.first(where: { beginning.starts(with: $0.mark) }) {
            return error(
                "it is compressed by \(found.name), and samples are read at any position",
                "Unpack it with '\(found.program)'; images are compressed already")
        }
        return error("it is no tar file", "Name tar files, such as those of 'nn data shard'")
    }
}
