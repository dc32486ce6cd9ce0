import NNLayers

extension ConfigNode {
    /// The value on one line, as a YAML file would have it.
    public var flowText: String {
        switch content {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .float(let value): "\(value)"
        case .string(let value): value.isEmpty ? "''" : value
        case .sequence(let elements): "[" + elements.map(\.flowText).joined(separator: ", ") + "]"
        case .mapping(let entries):
            "{" + entries.map { "\($0.key): \($0.value.flowText)" }.joined(separator: ", ") + "}"
        }
    }
}
