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
