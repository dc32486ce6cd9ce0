/// Reads JSON (RFC 8259) byte by byte.
struct JSONParser {
    /// Deeper nesting is refused, because each level takes from the stack.
    private static let deepest = 64

    private let text: ArraySlice<UInt8>
    private var position: Int
    private var depth = 0

    init(text: ArraySlice<UInt8>) {
        self.text = text
        position = text.startIndex
    }

    mutating func parseDocument() throws(JSONError) -> JSONValue {
        let value = try parseValue()
        skipSpace()
        guard position == text.endIndex else { throw failure("there is more after the end of the value") }
        return value
    }

    private mutating func parseValue() throws(JSONError) -> JSONValue {
        skipSpace()
        guard position < text.endIndex else { throw failure("the text ends within a value") }
        switch text[position] {
        case UInt8(ascii: "{"): return .object(try parseMembers())
        case UInt8(ascii: "["): return try parseElements()
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        default:
            if accept("true") { return .boolean(true) }
            if accept("false") { return .boolean(false) }
            if accept("null") { return .null }
            // Python writes numbers that are not finite.
            if accept("NaN") { return .number(.nan) }
            if accept("Infinity") { return .number(.infinity) }
            throw failure("a value is expected")
        }
    }

    private mutating func parseMembers() throws(JSONError) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        try parseList(from: "{", to: "}") { parser throws(JSONError) in
            parser.skipSpace()
            guard parser.position < parser.text.count, parser.text[parser.position] == UInt8(ascii: "\"") else {
                throw parser.failure("a name in quotation marks is expected")
            }
            let name = try parser.parseString()
            parser.skipSpace()
            guard parser.accept(":") else { throw parser.failure("':' is expected") }
            members.append(JSONValue.Member(name: name, value: try parser.parseValue()))
        }
        return members
    }

    private mutating func parseElements() throws(JSONError) -> JSONValue {
        var numbers: [Double] = []
        var elements: [JSONValue] = []
        try parseList(from: "[", to: "]") { parser throws(JSONError) in
            let value = try parser.parseValue()
            if elements.isEmpty, let number = value.exactNumber {
                numbers.append(number)
            } else {
                if !numbers.isEmpty {
                    elements = numbers.map { .number($0) }
                    numbers = []
                }
                elements.append(value)
            }
        }
        return numbers.isEmpty ? .list(elements) : .numbers(numbers)
    }

    /// What stands between brackets, separated by commas.
    private mutating func parseList(
        from opening: StaticString, to closing: StaticString,
        _ parseItem: (inout JSONParser) throws(JSONError) -> Void
    ) throws(JSONError) {
        _ = accept(opening)
        depth += 1
        guard depth <= Self.deepest else { throw failure("the nesting is deeper than \(Self.deepest)") }
        defer { depth -= 1 }
        skipSpace()
        if accept(closing) { return }
        while true {
            try parseItem(&self)
            skipSpace()
            if accept(closing) { return }
            guard accept(",") else { throw failure("',' or '\(closing)' is expected") }
        }
    }

    private mutating func parseNumber() throws(JSONError) -> JSONValue {
        if accept("-Infinity") { return .number(-.infinity) }
        let start = position
        while position < text.endIndex, "+-.0123456789eE".utf8.contains(text[position]) { position += 1 }
        let digits = text[start..<position]
        // Whole numbers of few digits are frequent, and read faster so.
        if digits.count < 16, digits.allSatisfy({ 48..<58 ~= $0 }) {
            return .integer(digits.reduce(0) { $0 * 10 + Int($1 &- 48) })
        }
        let written = String(decoding: digits, as: UTF8.self)
        if let value = Int(written) { return .integer(value) }
        guard let value = Double(written) else {
            position = start
            throw failure("a value is expected")
        }
        return .number(value)
    }

    private mutating func parseString() throws(JSONError) -> String {
        position += 1
        let start = position
        while position < text.endIndex, text[position] != UInt8(ascii: "\""), text[position] != UInt8(ascii: "\\"),
            text[position] >= 0x20
        { position += 1 }
        // Most strings have no escapes.
        var bytes = Array(text[start..<position])
        while position < text.endIndex {
            let byte = text[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: bytes, as: UTF8.self) else {
                    throw failure("the string before is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): bytes += try parseEscape()
            case 0..<0x20: throw failure("a control character stands in a string")
            default: bytes.append(byte)
            }
        }
        throw failure("the text ends within a string")
    }

    /// The UTF-8 code of an escaped character, whose backslash is read already.
    private mutating func parseEscape() throws(JSONError) -> [UInt8] {
        let simple: [(StaticString, UInt8)] = [
            ("\"", 0x22), ("\\", 0x5c), ("/", 0x2f), ("b", 0x08), ("f", 0x0c), ("n", 0x0a), ("r", 0x0d), ("t", 0x09),
        ]
        for (letter, byte) in simple where accept(letter) { return [byte] }
        guard accept("u"), let first = parseHexadecimal() else { throw failure("an escape is not known") }
        var code = first
        if (0xd800..<0xdc00).contains(first), accept("\\u"), let second = parseHexadecimal(),
            (0xdc00..<0xe000).contains(second)
        {
            code = 0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure("half a surrogate pair stands in a string") }
        return Array(String(scalar).utf8)
    }

    private mutating func parseHexadecimal() -> UInt32? {
        guard position + 4 <= text.endIndex,
            text[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit })
        else { return nil }
        position += 4
        return UInt32(String(decoding: text[position - 4..<position], as: UTF8.self), radix: 16)
    }

    private mutating func skipSpace() {
        while position < text.endIndex, " \t\n\r".utf8.contains(text[position]) { position += 1 }
    }

    /// Steps over `expected` if it comes next.
    private mutating func accept(_ expected: StaticString) -> Bool {
        let length = expected.utf8CodeUnitCount
        guard position + length <= text.endIndex,
            text[position..<position + length].elementsEqual(
                UnsafeBufferPointer(start: expected.utf8Start, count: length))
        else { return false }
        position += length
        return true
    }

    private func failure(_ reason: String) -> JSONError {
        JSONError(offset: position - text.startIndex, reason: reason)
    }
}

extension JSONValue {
    /// A number that a list of numbers holds as it is.
    fileprivate var exactNumber: Double? {
        if case .integer(let number) = self { return Double(exactly: number) }
        return number
    }
}
