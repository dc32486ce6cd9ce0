/// A value of a configuration that remembers where it was written.
///
/// It is what a file is read into, and what components are built from; it knows no file format.
/// In code it is written as a literal:
///
/// ```swift
/// let backbone: ConfigNode = ["type": "resnet_cifar", "depth": 20]
/// ```
public struct ConfigNode: Sendable {
    /// What a node holds. A mapping keeps the order in which it was written.
    public enum Content: Hashable, Sendable {
        case null
        case boolean(Bool)
        case integer(Int)
        case float(Double)
        case string(String)
        case sequence([ConfigNode])
        case mapping([ConfigEntry])
    }

    public var content: Content
    /// Where it was written; nil for what was made in code.
    public var place: ConfigPlace?
    /// The keys that lead to it from the root, joined by dots: `data.train_transforms.0`.
    public var keyPath: String

    public init(_ content: Content, place: ConfigPlace? = nil, keyPath: String = "") {
        self.content = content
        self.place = place
        self.keyPath = keyPath
    }

    /// An empty value.
    public static let null = ConfigNode(.null)

    public var isNull: Bool { content == .null }

    /// The entries of a mapping; nil for what is none.
    public var entries: [ConfigEntry]? { if case .mapping(let entries) = content { entries } else { nil } }

    /// The elements of a sequence; nil for what is none.
    public var elements: [ConfigNode]? { if case .sequence(let elements) = content { elements } else { nil } }

    /// The text; nil for what is none.
    public var string: String? { if case .string(let string) = content { string } else { nil } }

    /// The value under a key of a mapping; nil where there is none.
    public subscript(key: String) -> ConfigNode? { entries?.first { $0.key == key }?.value }

    /// The key path of what lies under `key` in this node.
    public func keyPath(of key: String) -> String { keyPath.isEmpty ? key : "\(keyPath).\(key)" }

    /// The node with this key path, and with the paths of its contents following from it.
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
    public var key: String
    /// Where the key was written.
    public var place: ConfigPlace?
    public var value: ConfigNode

    public init(key: String, value: ConfigNode, place: ConfigPlace? = nil) {
        self.key = key
        self.value = value
        self.place = place
    }
}

/// Nodes are equal where they hold the same in the same order, wherever it was written.
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

/// What the node holds, as messages say it: `the text 'x'`, `a list`.
extension ConfigNode: CustomStringConvertible {
    public var description: String {
        switch content {
        case .null: "nothing"
        case .boolean(let value): "\(value)"
        case .integer(let value): "the whole number \(value)"
        case .float(let value): "the number \(value)"
        case .string(let value): "the text '\(value)'"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

extension ConfigNode: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public typealias Key = String
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
    /// Takes the node that a ``ConfigDecoder`` stands at, with its place, for a component to be built
    /// of it later; other decoders hold no nodes.
    public init(from decoder: any Decoder) throws {
        guard let decoder = decoder as? NodeDecoder else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a ConfigNode is read by ConfigDecoder only"))
        }
        self = decoder.node
    }

    /// Writes the node for a ``ConfigEncoder``, the plain value for others, as for JSON.
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

/// Where a value of a configuration was written.
public struct ConfigPlace: Hashable, Sendable, CustomStringConvertible {
    /// The file, or the command-line option.
    public var source: String
    /// From 1; nil where the source has no lines.
    public var line: Int?
    /// From 1, in characters.
    public var column: Int?

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
