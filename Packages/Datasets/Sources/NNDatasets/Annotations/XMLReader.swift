@_spi(Text) import NNLayers

/// Reads XML as annotation tools write it: elements, attributes and text. A document type is refused, so that no file
/// can define entities.
struct XMLReader {
    enum Event {
        case start(name: String, attributes: [String: String])
        case end(name: String)
        case text(String)
    }

    private let bytes: ArraySlice<UInt8>
    private let file: String
    private var position: Int
    private var open: [String] = []
    /// The end of an element without content.
    private var pending: String?

    /// Deeper elements are refused.
    private static let deepest = 64

    init(_ bytes: ArraySlice<UInt8>, file: String) {
        self.bytes = bytes
        self.file = file
        position = bytes.startIndex
    }

    /// The next part; nil at the end.
    /// - Throws: ``DatasetError`` for what is not XML, with its line.
    mutating func next() throws(DatasetError) -> Event? {
        if let name = pending {
            pending = nil
            return .end(name: name)
        }
        while position < bytes.endIndex {
            if bytes[position] != UInt8(ascii: "<") {
                let start = position
                while position < bytes.endIndex, bytes[position] != UInt8(ascii: "<") { position += 1 }
                let text = try string(start..<position)
                if open.isEmpty {
                    if text.allSatisfy(\.isWhitespace) { continue }
                    throw failure("text stands outside of all elements")
                }
                return .text(text)
            }
            if starts(with: "<!--") {
                try skip(past: "-->")
            } else if starts(with: "<?") {
                try skip(past: "?>")
            } else if starts(with: "<![CDATA[") {
                let start = position + 9
                try skip(past: "]]>")
                guard let text = String(validating: bytes[start..<position - 3], as: UTF8.self) else {
                    throw failure("the text is not UTF-8")
                }
                return .text(text)
            } else if starts(with: "<!") {
                throw failure("it has a document type, which no annotations need")
            } else if starts(with: "</") {
                position += 2
                let name = try name()
                skipSpace()
                try expect(">")
                guard open.popLast() == name else { throw failure("'</\(name.excerpt)>' closes no open element") }
                return .end(name: name)
            } else {
                return try element()
            }
        }
        if let name = open.last { throw failure("the element '\(name.excerpt)' has no end") }
        return nil
    }

    private mutating func element() throws(DatasetError) -> Event {
        position += 1
        let name = try name()
        var attributes: [String: String] = [:]
        while true {
            skipSpace()
            if starts(with: "/>") {
                position += 2
                pending = name
                break
            }
            if starts(with: ">") {
                position += 1
                open.append(name)
                if open.count > Self.deepest { throw failure("the nesting is deeper than \(Self.deepest)") }
                break
            }
            let key = try self.name()
            skipSpace()
            try expect("=")
            skipSpace()
            guard position < bytes.endIndex, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(bytes[position]) else {
                throw failure("a value in quotation marks is expected")
            }
            let quote = bytes[position]
            let start = position + 1
            guard let end = bytes[start...].firstIndex(of: quote) else {
                throw failure("the text ends within a value")
            }
            position = end + 1
            guard attributes.updateValue(try string(start..<end), forKey: key) == nil else {
                throw failure("the attribute '\(key.excerpt)' stands twice in one element")
            }
        }
        return .start(name: name, attributes: attributes)
    }

    private mutating func name() throws(DatasetError) -> String {
        let start = position
        while position < bytes.endIndex, !" \t\r\n=<>/\"'&".utf8.contains(bytes[position]) { position += 1 }
        guard position > start, let name = String(validating: bytes[start..<position], as: UTF8.self) else {
            throw failure("a name is expected")
        }
        return name
    }

    /// A piece of text with its entities replaced.
    private func string(_ range: Range<Int>) throws(DatasetError) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else { throw failure("it is not UTF-8") }
        guard text.contains("&") else { return text }
        var result = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            guard let end = rest[start...].firstIndex(of: ";"),
                let character = Self.character(of: rest[rest.index(after: start)..<end])
            else { throw failure("an entity is not known") }
            result.unicodeScalars.append(character)
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func character(of entity: Substring) -> Unicode.Scalar? {
        switch entity {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default: break
        }
        if entity.hasPrefix("#x") { return UInt32(entity.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init) }
        return entity.hasPrefix("#") ? UInt32(entity.dropFirst()).flatMap(Unicode.Scalar.init) : nil
    }

    private func starts(with text: StaticString) -> Bool {
        bytes[position...].starts(with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func expect(_ text: StaticString) throws(DatasetError) {
        guard starts(with: text) else { throw failure("'\(text)' is expected") }
        position += text.utf8CodeUnitCount
    }

    private mutating func skip(past end: StaticString) throws(DatasetError) {
        while position < bytes.endIndex {
            if starts(with: end) {
                position += end.utf8CodeUnitCount
                return
            }
            position += 1
        }
        throw failure("'\(end)' is expected")
    }

    private mutating func skipSpace() {
        while position < bytes.endIndex, " \t\r\n".utf8.contains(bytes[position]) { position += 1 }
    }

    private func failure(_ reason: String) -> DatasetError {
        let line = 1 + bytes[..<position].count { $0 == UInt8(ascii: "\n") }
        return DatasetError(
            place: "\(file):\(line)", reason: "it is not XML as annotation tools write it: \(reason)",
            remedy: "Export the annotations again")
    }
}
