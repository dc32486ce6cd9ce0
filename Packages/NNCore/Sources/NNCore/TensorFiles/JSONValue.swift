/// A value of JSON (RFC 8259) that keeps the order of members and shows repeated names, which
/// Foundation's readers hide.
enum JSONValue: Equatable {
    case object([Member])
    case array([JSONValue])
    case string(String)
    /// As it is written, since not every number fits a type.
    case number(String)
    case bool(Bool)
    case null

    struct Member: Equatable {
        let name: String
        let value: JSONValue
    }

    /// The value that is written, with nothing but white space behind it.
    init(parsing text: some Collection<UInt8>) throws(JSONError) {
        var parser = JSONParser(text: Array(text))
        self = try parser.parseDocument()
    }

    /// A string as JSON writes it.
    static func quoted(_ string: String) -> String {
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
struct JSONError: Error, Equatable {
    /// The byte at which it goes wrong, from 0.
    let offset: Int
    let reason: String
}
