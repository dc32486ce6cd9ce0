/// Decodes the values of a mapping.
struct KeyedNodeReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: NodeDecoder
    var codingPath: [any CodingKey] { [] }

    /// The keys of the mapping that `Key` can express; all of them for a dictionary.
    var allKeys: [Key] { (decoder.node.entries ?? []).compactMap { Key(stringValue: $0.key) } }

    private func name(_ key: any CodingKey) -> String {
        let name = decoder.keepsKeys ? key.stringValue : ConfigKey.snakeCase(key.stringValue)
        decoder.touch(name)
        return name
    }

    /// The value under a key, or its default. Without a location of its own it has that of the mapping.
    private func node(_ name: String) -> ConfigNode? {
        let parent = decoder.node
        var node = parent[name] ?? decoder.defaults?[name]?.moved(to: parent.keyPath(of: name))
        if node?.place == nil { node?.place = parent.place }
        return node
    }

    private func requiredNode(_ key: any CodingKey) throws -> ConfigNode {
        let name = name(key)
        guard let node = node(name) else {
            throw ConfigError.Problem("missing key '\(name)'", at: decoder.node)
        }
        return node
    }

    private func childDecoder(_ key: any CodingKey) throws -> NodeDecoder {
        try decoder.child(requiredNode(key), defaults: decoder.defaults?[name(key)])
    }

    func contains(_ key: Key) -> Bool { node(name(key)) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try requiredNode(key).isNull }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        let name = name(key)
        guard let node = node(name) else {
            decoder.session.record(ConfigError.Problem("missing key '\(name)'", at: decoder.node), at: decoder.node)
            return try decoder.session.substitute(type)
        }
        return try decoder.session.value(type, from: node, defaults: decoder.defaults?[name])
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        guard contains(key), try !decodeNil(forKey: key) else { return nil }
        // The failure is recorded; with nil, decoding continues with the other keys.
        return try? decode(type, forKey: key)
    }

    func superDecoder() throws -> any Decoder { try childDecoder(ConfigSuperKey()) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try childDecoder(key) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try childDecoder(key).unkeyedContainer()
    }

    func nestedContainer<Nested>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try childDecoder(key).container(keyedBy: type)
    }
}

/// Decodes the elements of a list.
struct UnkeyedNodeReader: UnkeyedDecodingContainer {
    let elements: [ConfigNode]
    let decoder: NodeDecoder
    var currentIndex = 0
    var codingPath: [any CodingKey] { [] }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex == elements.count }

    init(elements: [ConfigNode], decoder: NodeDecoder) {
        self.elements = elements
        self.decoder = decoder
    }

    private mutating func next() throws -> ConfigNode {
        guard !isAtEnd else {
            throw ConfigError.Problem("the list has too few elements: \(elements.count)", at: decoder.node)
        }
        defer { currentIndex += 1 }
        return elements[currentIndex]
    }

    private mutating func childDecoder() throws -> NodeDecoder {
        try decoder.child(next())
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, elements[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try decoder.session.value(type, from: next())
    }

    mutating func superDecoder() throws -> any Decoder { try childDecoder() }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try childDecoder().unkeyedContainer()
    }

    mutating func nestedContainer<Key>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try childDecoder().container(keyedBy: type)
    }
}

/// Decodes a node as a single value.
struct SingleNodeReader: SingleValueDecodingContainer {
    let decoder: NodeDecoder
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { decoder.node.isNull }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.value(type) }
}
