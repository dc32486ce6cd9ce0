/// Encodes values as ``ConfigNode``, with properties under lower_snake_case keys.
public struct ConfigEncoder {
    /// Creates an encoder.
    public init() {}

    /// Returns the node from which ``ConfigDecoder`` would decode the value. An optional that is nil becomes null.
    /// - Throws: Errors of the value's own `encode(to:)`.
    public func encode(_ value: some Encodable) throws -> ConfigNode {
        let encoder = NodeEncoder()
        try encoder.write(value)
        return encoder.node.moved(to: "")
    }
}

/// The encoder of one node, with encoders for its contents.
final class NodeEncoder: Encoder {
    private enum Content {
        case node(ConfigNode)
        case sequence([NodeEncoder])
        case mapping([(key: String, encoder: NodeEncoder)])
    }

    private var content = Content.node(.null)
    private var keepsKeys = false
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    var node: ConfigNode {
        switch content {
        case .node(let node): node
        case .sequence(let elements): ConfigNode(.sequence(elements.map(\.node)))
        case .mapping(let entries):
            ConfigNode(.mapping(entries.map { ConfigEntry(key: $0.key, value: $0.encoder.node) }))
        }
    }

    func write(_ value: some Encodable) throws {
        keepsKeys = value is any StringKeyedDictionary
        if let scalar = value as? any ConfigScalar {
            write(ConfigNode(scalar.scalarContent))
        } else {
            try value.encode(to: self)
        }
    }

    func write(_ node: ConfigNode) { content = .node(node) }

    func container<Key>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .mapping = content {} else { content = .mapping([]) }
        return KeyedEncodingContainer(KeyedNodeContainer(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .sequence = content {} else { content = .sequence([]) }
        return UnkeyedNodeContainer(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleNodeContainer(encoder: self) }

    var elementCount: Int { if case .sequence(let elements) = content { elements.count } else { 0 } }

    func appendElement() -> NodeEncoder {
        let child = NodeEncoder()
        if case .sequence(let elements) = content { content = .sequence(elements + [child]) }
        return child
    }

    func appendEntry(_ key: any CodingKey) -> NodeEncoder {
        let child = NodeEncoder()
        let name = keepsKeys ? key.stringValue : ConfigKey.snakeCase(key.stringValue)
        if case .mapping(let entries) = content {
            content = .mapping(entries.filter { $0.key != name } + [(name, child)])
        }
        return child
    }
}

private struct SingleNodeContainer: SingleValueEncodingContainer {
    let encoder: NodeEncoder
    var codingPath: [any CodingKey] { [] }

    func encodeNil() throws { encoder.write(.null) }
    func encode<T: Encodable>(_ value: T) throws { try encoder.write(value) }
}

private struct UnkeyedNodeContainer: UnkeyedEncodingContainer {
    let encoder: NodeEncoder
    var codingPath: [any CodingKey] { [] }
    var count: Int { encoder.elementCount }

    func encodeNil() throws { encoder.appendElement().write(.null) }
    func encode<T: Encodable>(_ value: T) throws { try encoder.appendElement().write(value) }
    func superEncoder() -> any Encoder { encoder.appendElement() }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder.appendElement().unkeyedContainer() }

    func nestedContainer<Key>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        encoder.appendElement().container(keyedBy: type)
    }
}

private struct KeyedNodeContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: NodeEncoder
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) throws { encoder.appendEntry(key).write(.null) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try encoder.appendEntry(key).write(value) }

    // By default nil is left out; here it becomes null, so that every key is listed.
    func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws { try encode(value, forKey: key) }
    func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try encode(value, forKey: key) }
    func encodeIfPresent(_ value: String?, forKey key: Key) throws { try encode(value, forKey: key) }
    func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try encode(value, forKey: key) }
    func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try encode(value, forKey: key) }
    func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try encode(value, forKey: key) }
    func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try encode(value, forKey: key) }
    func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try encode(value, forKey: key) }
    func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try encode(value, forKey: key) }
    func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try encode(value, forKey: key) }
    func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try encode(value, forKey: key) }
    func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try encode(value, forKey: key) }
    func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try encode(value, forKey: key) }
    func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try encode(value, forKey: key) }
    func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try encode(value, forKey: key) }

    func superEncoder() -> any Encoder { encoder.appendEntry(ConfigSuperKey()) }
    func superEncoder(forKey key: Key) -> any Encoder { encoder.appendEntry(key) }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        encoder.appendEntry(key).unkeyedContainer()
    }

    func nestedContainer<Nested>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        encoder.appendEntry(key).container(keyedBy: type)
    }
}
