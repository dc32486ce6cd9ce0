import NNLayers
import Yams

/// Writes YAML that ``YAMLReader`` reads back as an equal node.
@_spi(Internal) public enum YAMLWriter {
    /// The YAML of a node, with keys in order and lists of scalars on one line.
    public static func write(_ node: ConfigNode) -> String {
        do {
            return try Yams.serialize(node: yaml(node), indent: 2, width: -1, allowUnicode: true)
        } catch {
            trap("YAMLWriter: \(error)")
        }
    }

    private static func yaml(_ node: ConfigNode) -> Node {
        switch node.content {
        case .null: Node("null", .implicit, .plain)
        case .boolean(let value): Node("\(value)", .implicit, .plain)
        case .integer(let value): Node("\(value)", .implicit, .plain)
        case .float(let value): Node(text(value), .implicit, .plain)
        case .string(let value): Node(value, Tag(.str), needsQuotes(value) ? .doubleQuoted : .any)
        case .sequence(let elements):
            Node(elements.map(yaml), Tag(.seq), elements.allSatisfy(isScalar) ? .flow : .block)
        case .mapping(let entries):
            Node(entries.map { (key($0.key), yaml($0.value)) }, Tag(.map), entries.isEmpty ? .flow : .block)
        }
    }

    private static func key(_ key: String) -> Node {
        Node(key, Tag(.str), needsQuotes(key) ? .doubleQuoted : .any)
    }

    private static func isScalar(_ node: ConfigNode) -> Bool { node.entries == nil && node.elements == nil }

    /// The shortest text of the same number, with a decimal point: other YAML parsers read `1e-05` as a string.
    private static func text(_ value: Double) -> String {
        if value.isNaN { return ".nan" }
        if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
        let text = "\(value)"
        guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }

    /// Whether a parser of YAML 1.1 or 1.2 would read the plain text as anything but a string.
    private static func needsQuotes(_ text: String) -> Bool {
        let words: Set = ["y", "n", "yes", "no", "on", "off", "<<", "="]
        if words.contains(text.lowercased()) { return true }
        if case .string = YAMLScalar.content(of: text) { return text.contains { "\n\t".contains($0) } }
        return true
    }
}
