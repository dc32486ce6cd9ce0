import Foundation
@_spi(Text) import NNLayers

/// A value of a JSON file of annotations (RFC 8259). Lists of numbers, of which such files mainly consist, take eight
/// bytes a number.
enum AnnotationJSON {
    case object([(key: String, value: AnnotationJSON)])
    case list([AnnotationJSON])
    case numbers([Double])
    case number(Double)
    case string(String)
    case boolean(Bool)
    case null

    /// Reads a file.
    /// - Throws: ``DatasetError`` for what cannot be read or is not JSON, with its line.
    init(contentsOf file: URL) throws(DatasetError) {
        let bytes = try FileBytes.readText(file, remedy: "Name a JSON file of annotations")
        try self.init(bytes, file: file.path)
    }

    /// - Parameter file: The name for messages.
    init(_ bytes: ArraySlice<UInt8>, file: String) throws(DatasetError) {
        var parser = Parser(text: bytes, file: file)
        self = try parser.document()
    }

    /// The first key of the outermost object that is one of some, found without reading values.
    static func firstKey(among names: [String], of bytes: ArraySlice<UInt8>) -> String? {
        var (depth, position) = (0, bytes.startIndex)
        while position < bytes.endIndex {
            switch bytes[position] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                let start = position + 1
                position = start
                while position < bytes.endIndex, bytes[position] != UInt8(ascii: "\"") {
                    position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
                }
                guard position < bytes.endIndex else { return nil }
                if depth == 1, let name = names.first(where: { bytes[start..<position].elementsEqual($0.utf8) }) {
                    return name
                }
            default: break
            }
            position += 1
        }
        return nil
    }

    subscript(key: String) -> AnnotationJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// The elements; nil for what is not a list.
    var elements: [AnnotationJSON]? {
        switch self {
        case .list(let elements): elements
        case .numbers(let numbers): numbers.map { .number($0) }
        default: nil
        }
    }

    /// The numbers of a list that has nothing else.
    var numbers: [Double]? {
        switch self {
        case .numbers(let numbers): numbers
        case .list(let elements) where elements.isEmpty: []
        default: nil
        }
    }

    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var string: String? { if case .string(let string) = self { string } else { nil } }

    /// A whole number, also one written with a decimal point or in quotes, as some exporters do.
    var integer: Int? {
        if case .string(let text) = self { return Int(text) }
        return number.flatMap { Int(exactly: $0) }
    }

    /// Whether it is true or 1, as `iscrowd` is written.
    var isTrue: Bool { if case .boolean(let value) = self { value } else { integer == 1 } }

    /// The value on a line of a message, cut off if it is long.
    var excerpt: String {
        switch self {
        case .object: "an object"
        case .list, .numbers: "a list"
        case .number(let value): Int(exactly: value).map(String.init) ?? "\(value)"
        case .string(let text): "'\(text.excerpt)'"
        case .boolean(let value): "\(value)"
        case .null: "null"
        }
    }
}

extension AnnotationJSON {
    /// Reads JSON byte by byte.
    private struct Parser {
        /// Deeper nesting is refused, because each level takes from the stack.
        private static let deepest = 64

        let text: ArraySlice<UInt8>
        let file: String
        private var position: Int
        private var depth = 0

        init(text: ArraySlice<UInt8>, file: String) {
            self.text = text
            self.file = file
            position = text.startIndex
        }

        mutating func document() throws(DatasetError) -> AnnotationJSON {
            let value = try value()
            skipSpace()
            guard position == text.endIndex else { throw failure("there is more after the end of the value") }
            return value
        }

        private var next: UInt8? { position < text.endIndex ? text[position] : nil }

        private mutating func value() throws(DatasetError) -> AnnotationJSON {
            skipSpace()
            switch next {
            case UInt8(ascii: "{"): return .object(try members())
            case UInt8(ascii: "["): return try list()
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "t"): return try word("true", .boolean(true))
            case UInt8(ascii: "f"): return try word("false", .boolean(false))
            case UInt8(ascii: "n"): return try word("null", .null)
            // Python writes numbers that are not finite, which no annotation means.
            case UInt8(ascii: "N"): return try word("NaN", .number(.nan))
            case UInt8(ascii: "I"): return try word("Infinity", .number(.infinity))
            case nil: throw failure("the text ends within a value")
            default: return .number(try number())
            }
        }

        private mutating func word(
            _ word: StaticString, _ value: AnnotationJSON
        ) throws(DatasetError) -> AnnotationJSON {
            let length = word.utf8CodeUnitCount
            guard text[position...].starts(with: UnsafeBufferPointer(start: word.utf8Start, count: length)) else {
                throw failure("a value is expected")
            }
            position += length
            return value
        }

        private mutating func members() throws(DatasetError) -> [(key: String, value: AnnotationJSON)] {
            var members: [(key: String, value: AnnotationJSON)] = []
            try items(until: UInt8(ascii: "}")) { parser throws(DatasetError) in
                guard parser.next == UInt8(ascii: "\"") else {
                    throw parser.failure("a name in quotation marks is expected")
                }
                let key = try parser.string()
                parser.skipSpace()
                guard parser.next == UInt8(ascii: ":") else { throw parser.failure("':' is expected") }
                parser.position += 1
                members.append((key, try parser.value()))
            }
            return members
        }

        private mutating func list() throws(DatasetError) -> AnnotationJSON {
            var numbers: [Double] = []
            var elements: [AnnotationJSON] = []
            try items(until: UInt8(ascii: "]")) { parser throws(DatasetError) in
                let value = try parser.value()
                if elements.isEmpty, case .number(let number) = value {
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
        private mutating func items(
            until closing: UInt8, _ item: (inout Parser) throws(DatasetError) -> Void
        ) throws(DatasetError) {
            position += 1
            depth += 1
            guard depth <= Self.deepest else { throw failure("the nesting is deeper than \(Self.deepest)") }
            defer { depth -= 1 }
            skipSpace()
            if next == closing {
                position += 1
                return
            }
            while true {
                skipSpace()
                try item(&self)
                skipSpace()
                let separator = next
                position += 1
                if separator == closing { return }
                guard separator == UInt8(ascii: ",") else {
                    position -= 1
                    throw failure("',' or '\(Character(Unicode.Scalar(closing)))' is expected")
                }
            }
        }

        private mutating func number() throws(DatasetError) -> Double {
            let start = position
            while let byte = next, "+-.0123456789eE".utf8.contains(byte) { position += 1 }
            if position == start + 1, text[start] == UInt8(ascii: "-"), next == UInt8(ascii: "I") {
                _ = try word("Infinity", .null)
                return -.infinity
            }
            let digits = text[start..<position]
            // Whole numbers of few digits are frequent, and read faster so.
            if digits.count < 16, !digits.isEmpty, digits.allSatisfy({ 48..<58 ~= $0 }) {
                return Double(digits.reduce(0) { $0 * 10 + Int($1 &- 48) })
            }
            guard let value = Double(String(decoding: digits, as: UTF8.self)) else {
                position = start
                throw failure("a value is expected")
            }
            return value
        }

        private mutating func string() throws(DatasetError) -> String {
            position += 1
            let start = position
            while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
                position += 1
            }
            var bytes = Array(text[start..<position])
            while let byte = next {
                position += 1
                switch byte {
                case UInt8(ascii: "\""):
                    guard let string = String(validating: bytes, as: UTF8.self) else {
                        throw failure("the string before is not UTF-8")
                    }
                    return string
                case UInt8(ascii: "\\"): bytes += try escape()
                case 0..<0x20: throw failure("a control character stands in a string")
                default: bytes.append(byte)
                }
            }
            throw failure("the text ends within a string")
        }

        /// The UTF-8 code of an escaped character, whose backslash is read already.
        private mutating func escape() throws(DatasetError) -> [UInt8] {
            guard let letter = next else { throw failure("the text ends within a string") }
            position += 1
            switch letter {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [letter]
            case UInt8(ascii: "b"): return [8]
            case UInt8(ascii: "f"): return [12]
            case UInt8(ascii: "n"): return [10]
            case UInt8(ascii: "r"): return [13]
            case UInt8(ascii: "t"): return [9]
            case UInt8(ascii: "u"): break
            default: throw failure("an escape is not known")
            }
            var code = try hexadecimal()
            if 0xd800..<0xdc00 ~= code, text[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
                position += 2
                let low = try hexadecimal()
                guard 0xdc00..<0xe000 ~= low else { throw failure("half a surrogate pair stands in a string") }
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw failure("half a surrogate pair stands in a string") }
            return Array(String(scalar).utf8)
        }

        private mutating func hexadecimal() throws(DatasetError) -> UInt32 {
            let digits = text[position...].prefix(4)
            guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
                throw failure("an escape is not known")
            }
            position += 4
            return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)!
        }

        private mutating func skipSpace() {
            while let byte = next, byte == 32 || byte == 10 || byte == 13 || byte == 9 { position += 1 }
        }

        private func failure(_ reason: String) -> DatasetError {
            let line = 1 + text[..<min(position, text.endIndex)].count { $0 == UInt8(ascii: "\n") }
            return DatasetError(
                place: "\(file):\(line)", reason: "it is not JSON: \(reason)", remedy: "Export the annotations again")
        }
    }
}
