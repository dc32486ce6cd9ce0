import NNLayers
import Yams

/// Writes a configuration as YAML that ``YAMLReader`` reads back to an equal node.
public enum YAMLWriter {
    /// The YAML of a node, with its keys in order and lists of scalars on one line.
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

    /// The shortest text that reads back to the same number, with a point: other readers of YAML take
    /// `1e-05` for a text.
    private static func text(_ value: Double) -> String {
        if value.isNaN { return ".nan" }
        if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
        let text = "\(value)"
        guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }

    /// Whether a reader of YAML, this one or one of version 1.1, would take a plain text for something else.
    private static func needsQuotes(_ text: String) -> Bool {
        let words: Set = ["y", "n", "yes", "no", "on", "off", "<<", "="]
        if words.contains(text.lowercased()) { return true }
        if case .string = YAMLScalar.content(of: text) { return text.contains { "\n\t".contains($0) } }
        return true
    }
}
