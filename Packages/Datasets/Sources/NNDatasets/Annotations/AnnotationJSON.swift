import Foundation
@_spi(Text) import NNCore
@_spi(Text) import NNLayers

/// JSON as files of annotations have it.
extension JSONValue {
    /// Reads a file of annotations.
    /// - Throws: ``DatasetError`` for what cannot be read or is not JSON, with its line.
    init(annotations file: URL) throws(DatasetError) {
        let bytes = try FileBytes.readText(file, remedy: "Name a JSON file of annotations")
        try self.init(annotations: bytes, file: file.path)
    }

    /// - Parameter file: The name for messages.
    init(annotations bytes: ArraySlice<UInt8>, file: String) throws(DatasetError) {
        do {
            try self.init(parsing: bytes)
        } catch {
            let line = 1 + bytes.prefix(error.offset).count { $0 == UInt8(ascii: "\n") }
            throw DatasetError(
                place: "\(file):\(line)", reason: "it is not JSON: \(error.reason)",
                remedy: "Export the annotations again")
        }
    }

    /// The first name of a member of the outermost object that is one of some, found without reading values.
    static func firstName(among names: [String], of bytes: ArraySlice<UInt8>) -> String? {
        var (depth, position) = (0, bytes.startIndex)
        var isValue = false
        while position < bytes.endIndex {
            switch bytes[position] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":"): if depth == 1 { isValue = true }
            case UInt8(ascii: ","): if depth == 1 { isValue = false }
            case UInt8(ascii: "\""):
                let start = position + 1
                position = start
                while position < bytes.endIndex, bytes[position] != UInt8(ascii: "\"") {
                    position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
                }
                guard position < bytes.endIndex else { return nil }
                if depth == 1, !isValue,
                    let name = names.first(where: { bytes[start..<position].elementsEqual($0.utf8) })
                {
                    return name
                }
            default: break
            }
            position += 1
        }
        return nil
    }

    /// A whole number, also one written with a decimal point or in quotes, as some exporters do.
    var identifier: Int? { string.map { Int($0) } ?? integer }

    /// A name, also one that is a number.
    var label: String? {
        if let number = number { return integer.map(String.init) ?? "\(number)" }
        return string.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
    }

    /// Whether it is true or 1, as `iscrowd` is written.
    var isTrue: Bool { if case .boolean(let value) = self { value } else { identifier == 1 } }

    /// The value on a line of a message, cut off if it is long.
    var excerpt: String {
        switch self {
        case .object: "an object"
        case .list, .numbers: "a list"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let text): "'\(text.excerpt)'"
        case .boolean(let value): "\(value)"
        case .null: "null"
        }
    }
}
