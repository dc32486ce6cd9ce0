/// A component that a configuration names, with its options.
///
/// It begins as the node of a configuration. ``Registry/resolve(_:_:)`` decodes the options, once: what a run folder is
/// told, and what is built, follow from the same values.
///
/// ```swift
/// var loss: Component<LossEnvironment, any Loss> = ["type": "focal", "gamma": 3]
/// loss = try registry.resolve(.loss, loss)
/// print(loss.node)  // with the defaults of all other options
/// try registry.build(.loss, loss, LossEnvironment(classCount: 3))
/// ```
public struct Component<Environment, Product>: Sendable {
    /// Options that were decoded, and the node that they were decoded from, which has the places of errors.
    struct Decoded: Sendable {
        let options: any ComponentOptions
        let source: ConfigNode
    }

    /// The name of the component, or a mapping with its `type` and options: as it was configured or, once it is resolved,
    /// with the defaults of all options that were left out.
    public let node: ConfigNode
    /// The options; nil before they are decoded.
    let decoded: Decoded?

    /// A component that a node names; it is not checked yet.
    /// - Parameter node: A name, a mapping with the key `type` and options, or null for what must still be named.
    public init(_ node: ConfigNode) { self.init(node, decoded: nil) }

    init(_ node: ConfigNode, decoded: Decoded?) {
        self.node = node
        self.decoded = decoded
    }

    /// The name in configurations; nil where there is none.
    public var name: String? { node.string ?? node["type"]?.string }
}

/// Components are equal if their nodes are equal.
extension Component: Hashable {
    public static func == (left: Component, right: Component) -> Bool { left.node == right.node }
    public func hash(into hasher: inout Hasher) { hasher.combine(node) }
}

extension Component: Codable {
    /// Takes the current node of a ``ConfigDecoder`` with its location.
    /// - Throws: `DecodingError` for other decoders.
    public init(from decoder: any Decoder) throws {
        let node = try ConfigNode(from: decoder)
        self.init(node.completed(by: (decoder as? NodeDecoder)?.defaults))
    }

    /// Encodes the node.
    public func encode(to encoder: any Encoder) throws { try node.encode(to: encoder) }
}

extension ConfigNode {
    /// The node with the type of the component that is the default, and with its options beside those that are set, if
    /// the command line set options of a component that no file names.
    @_spi(Text) public func completed(by component: ConfigNode?) -> ConfigNode {
        guard isPartial, var entries, self["type"] == nil, let component else { return self }
        let name: ConfigNode? = component.string == nil ? component["type"] : component
        guard let type = name else { return self }
        entries.insert(ConfigEntry(key: "type", value: type.moved(to: keyPath(of: "type")), place: place), at: 0)
        for entry in component.entries ?? [] where self[entry.key] == nil && entry.key != "type" {
            entries.append(
                ConfigEntry(key: entry.key, value: entry.value.moved(to: keyPath(of: entry.key)), place: place))
        }
        var node = self
        node.content = .mapping(entries)
        return node
    }
}

extension Component: ExpressibleByNilLiteral, ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral {
    /// A component that must still be named.
    public init(nilLiteral: ()) { self.init(.null) }
    /// A component with default options.
    public init(stringLiteral name: String) { self.init(ConfigNode(.string(name))) }
    /// A component with options: its name under `type`, and options under their keys.
    public init(dictionaryLiteral elements: (String, ConfigNode)...) {
        self.init(
            ConfigNode(.mapping(elements.map { ConfigEntry(key: $0, value: $1) })).moved(to: ""))
    }
}
