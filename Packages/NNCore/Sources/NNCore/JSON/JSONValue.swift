/// A value of JSON (RFC 8259) that keeps the order of members and shows repeated names, which Foundation's readers hide.
/// Lists of numbers, of which files of annotations mainly consist, take eight bytes a number.
@_spi(Text)
public enum JSONValue: Equatable, Sendable {
    case object([Member])
    /// A list that is empty, or has elements that are not numbers.
    case list([JSONValue])
    /// A list of numbers and of nothing else.
    case numbers([Double])
    case string(String)
    /// A number without a fraction that fits.
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    case null

    /// A name with its value.
    public struct Member: Equatable, Sendable {
        public let name: String
        public let value: JSONValue
    }

    /// The value that is written, with nothing but white space behind it.
    /// - Throws: ``JSONError`` for what is not JSON.
    public init(parsing text: ArraySlice<UInt8>) throws(JSONError) {
        var parser = JSONParser(text: text)
        self = try parser.parseDocument()
    }

    /// The value of the last member of a name, as Python and JavaScript take it; nil if there is none. Files of weights, in
    /// which nobody could tell which tensor is meant, are refused by their readers.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    /// The elements; nil for what is not a list.
    public var elements: [JSONValue]? {
        switch self {
        case .list(let elements): elements
        case .numbers(let numbers): numbers.map { .number($0) }
        default: nil
        }
    }

    /// The numbers of a list that has nothing else.
    public var numbers: [Double]? {
        switch self {
        case .numbers(let numbers): numbers
        case .list(let elements) where elements.isEmpty: []
        default: nil
        }
    }

    public var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    /// A whole number, also one that is written with a decimal point.
    public var integer: Int? {
        if case .integer(let number) = self { return number }
        return number.flatMap { Int(exactly: $0) }
    }

    public var string: String? { if case .string(let string) = self { string } else { nil } }

    /// A string as JSON writes it.
    public static func quoted(_ string: String) -> String {
        let escaped = string.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\u{0}"..<" ": "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }
}

/// Where text is not JSON.
@_spi(Text)
public struct JSONError: Error, Equatable {
    /// The byte at which it goes wrong, from 0.
    public let offset: Int
    public let reason: String
}
