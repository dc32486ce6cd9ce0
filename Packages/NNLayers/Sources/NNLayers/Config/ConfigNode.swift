/// A value of a configuration, with its location in the file.
///
/// Files are read into nodes, and components are built from them; nodes do not depend on a file format. In code they are
/// written as literals:
///
/// ```swift
/// let backbone: ConfigNode = ["type": "resnet_cifar", "depth": 20]
/// ```
public struct ConfigNode: Sendable {
    /// The value of a node. Mappings keep the order of their entries.
    public enum Content: Hashable, Sendable {
        /// No value.
        case null
        /// True or false.
        case boolean(Bool)
        /// An integer.
        case integer(Int)
        /// A floating-point number.
        case float(Double)
        /// A string.
        case string(String)
        /// A list.
        case sequence([ConfigNode])
        /// Keys with values.
        case mapping([ConfigEntry])
    }

    /// The value.
    public var content: Content
    /// The location in a file; nil for nodes that were created in code.
    public var place: ConfigPlace?
    /// The keys from the root to this node, joined by dots: `data.train_transforms.0`.
    public var keyPath: String
    /// What was written on the command line for a value there, which a key of text takes as it is: `007`, `1e3`, `null`.
    @_spi(Text) public var words: String?
    /// Whether the command line set keys of a mapping that no file has. Without a type, it has options of the component
    /// that is the default.
    @_spi(Text) public var isPartial = false

    /// Creates a node.
    /// - Parameters:
    ///   - content: The value.
    ///   - place: The location in a file.
    ///   - keyPath: The keys from the root, joined by dots.
    public init(_ content: Content, place: ConfigPlace? = nil, keyPath: String = "") {
        self.content = content
        self.place = place
        self.keyPath = keyPath
    }

    /// A node without a value.
    public static let null = ConfigNode(.null)

    /// Whether there is no value.
    public var isNull: Bool { content == .null }

    /// The entries of a mapping; nil for other nodes.
    public var entries: [ConfigEntry]? { if case .mapping(let entries) = content { entries } else { nil } }

    /// The elements of a list; nil for other nodes.
    public var elements: [ConfigNode]? { if case .sequence(let elements) = content { elements } else { nil } }

    /// The string; nil for other nodes.
    public var string: String? { if case .string(let string) = content { string } else { nil } }

    /// The value of a key of a mapping; nil if there is none.
    public subscript(key: String) -> ConfigNode? { entries?.first { $0.key == key }?.value }

    /// Returns the key path of the value of a key of this node.
    public func keyPath(of key: String) -> String { keyPath.isEmpty ? key : "\(keyPath).\(key)" }

    /// Returns the node with another key path, and its contents with the key paths that follow from it.
    public func moved(to keyPath: String) -> ConfigNode {
        var node = self
        node.keyPath = keyPath
        switch content {
        case .sequence(let elements):
            node.content = .sequence(
                elements.enumerated().map { $0.element.moved(to: node.keyPath(of: String($0.offset))) })
        case .mapping(let entries):
            node.content = .mapping(
                entries.map { entry in
                    var entry = entry
                    entry.value = entry.value.moved(to: node.keyPath(of: entry.key))
                    return entry
                })
        default: break
        }
        return node
    }
}

/// A key of a mapping with its value.
public struct ConfigEntry: Sendable {
    /// The key.
    public var key: String
    /// The location of the key in a file.
    public var place: ConfigPlace?
    /// The value.
    public var value: ConfigNode

    /// Creates an entry.
    /// - Parameters:
    ///   - key: The key.
    ///   - value: The value.
    ///   - place: The location of the key in a file.
    public init(key: String, value: ConfigNode, place: ConfigPlace? = nil) {
        self.key = key
        self.value = value
        self.place = place
    }
}

/// Nodes are equal if their values are equal, in the same order, regardless of location.
extension ConfigNode: Hashable {
    public static func == (left: ConfigNode, right: ConfigNode) -> Bool { left.content == right.content }
    public func hash(into hasher: inout Hasher) { hasher.combine(content) }
}

extension ConfigEntry: Hashable {
    public static func == (left: ConfigEntry, right: ConfigEntry) -> Bool {
        left.key == right.key && left.value == right.value
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(key)
        hasher.combine(value)
    }
}

/// The value in messages: `the string 'x'`, `a list`.
extension ConfigNode: CustomStringConvertible {
    public var description: String {
        switch content {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .integer(let value): "the integer \(value)"
        case .float(let value): "the number \(value)"
        case .string(let value): "the string '\(value.excerpt)'"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

@_spi(Text)
extension StringProtocol {
    /// The text for a message: the first characters of a long one, and spaces for control characters.
    public var excerpt: String {
        let limit = 60
        let start = prefix(limit + 1)
        return start.count > limit ? start.prefix(limit).onOneLine + "..." : start.onOneLine
    }

    /// The text with spaces for control characters: names of files may have line breaks, and messages have one line.
    public var onOneLine: String {
        if unicodeScalars.allSatisfy({ $0.value >= 32 }) { return String(self) }
        return unicodeScalars.map { $0.value < 32 ? " " : String($0) }.joined()
    }
}

extension ConfigNode: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// The keys of a dictionary literal.
    public typealias Key = String
    /// The values of a dictionary literal.
    public typealias Value = ConfigNode

    public init(nilLiteral: ()) { self.init(.null) }
    public init(booleanLiteral value: Bool) { self.init(.boolean(value)) }
    public init(integerLiteral value: Int) { self.init(.integer(value)) }
    public init(floatLiteral value: Double) { self.init(.float(value)) }
    public init(stringLiteral value: String) { self.init(.string(value)) }

    public init(arrayLiteral elements: ConfigNode...) {
        self = ConfigNode(.sequence(elements)).moved(to: "")
    }

    public init(dictionaryLiteral elements: (String, ConfigNode)...) {
        self = ConfigNode(.mapping(elements.map { ConfigEntry(key: $0, value: $1) })).moved(to: "")
    }
}

extension ConfigNode: Codable {
    /// Takes the current node of a ``ConfigDecoder`` with its location, so that a component can be built from it later.
    /// - Throws: `DecodingError` for other decoders.
    public init(from decoder: any Decoder) throws {
        guard let decoder = decoder as? NodeDecoder else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "a ConfigNode can be decoded by ConfigDecoder only"))
        }
        self = decoder.node
    }

    /// Encodes the node for a ``ConfigEncoder``, and the plain value for other encoders, such as JSON.
    public func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? NodeEncoder { return encoder.write(self) }
        var container = encoder.singleValueContainer()
        switch content {
        case .null: try container.encodeNil()
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .float(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .sequence(let elements): try container.encode(elements)
        case .mapping(let entries):
            try container.encode(Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }))
        }
    }
}

/// The location of a value in a configuration.
public struct ConfigPlace: Hashable, Sendable, CustomStringConvertible {
    /// The path of the file, or the command-line option.
    public var source: String
    /// The line, from 1; nil if the source has no lines.
    public var line: Int?
    /// The column in characters, from 1.
    public var column: Int?

    /// Creates a location.
    /// - Parameters:
    ///   - source: The path of the file, or the command-line option.
    ///   - line: The line, from 1.
    ///   - column: The column in characters, from 1.
    public init(source: String, line: Int? = nil, column: Int? = nil) {
        self.source = source
        self.line = line
        self.column = column
    }

    /// `file:line:column`
    public var description: String {
        ([source] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":")
    }
}
