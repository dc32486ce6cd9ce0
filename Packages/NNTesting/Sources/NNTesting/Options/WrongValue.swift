import NNLayers

/// The values that no option, or few options, can have.
@_spi(Testing) public enum WrongValue {
    /// Numbers at and beyond the limits, lists of lengths that few options have, and values of every other type.
    public static let all: [ConfigNode] =
        numbers + [[], [0], [-1, 2], list(of: 1, count: 3), list(of: 7, count: 9), list(of: .infinity, count: 2)]
        + [nil, true, "no_such_choice", "", ["no_such_key": 1]]

    private static let numbers: [ConfigNode] = [
        0, -1, ConfigNode(.integer(1 << 31)), ConfigNode(.integer(1 << 62)), ConfigNode(.integer(.min)), 0.3,
        ConfigNode(.float(.nan)), ConfigNode(.float(.infinity)), ConfigNode(.float(-.infinity)), 1e30, 1e-30, 1e300,
    ]

    private static func list(of number: Double, count: Int) -> ConfigNode {
        let element = number.isFinite ? ConfigNode(.integer(Int(number))) : ConfigNode(.float(number))
        return ConfigNode(.sequence([ConfigNode](repeating: element, count: count)))
    }

    /// A configuration in which one value is another one.
    struct Change: CustomStringConvertible {
        /// The keys from the root to the value.
        let path: [String]
        let value: ConfigNode
        /// The whole configuration.
        let node: ConfigNode

        var description: String { "\(path.joined(separator: ".")) = \(text(of: value))" }
    }

    /// All values, each in every place of a configuration, and an unknown key in every mapping.
    /// - Parameter key: A key of the configuration that keeps its value.
    static func changes(of node: ConfigNode, except key: String? = nil) -> [Change] {
        paths(in: node).filter { $0.first != key || key == nil }.flatMap { path in
            (node.value(at: path).entries == nil ? all : all.filter { $0.entries == nil })
                .filter { $0 != node.value(at: path) }
                .map { Change(path: path, value: $0, node: node.replacing(path[...], by: $0)) }
        }
            + mappings(in: node).map { path in
                let path = path + ["no_such_key"]
                return Change(path: path, value: 1, node: node.replacing(path[...], by: 1))
            }
    }

    /// The paths of all values below a node.
    private static func paths(in node: ConfigNode) -> [[String]] {
        node.parts.flatMap { key, value in [[key]] + paths(in: value).map { [key] + $0 } }
    }

    private static func mappings(in node: ConfigNode) -> [[String]] {
        (node.entries == nil ? [] : [[]])
            + node.parts.flatMap { key, value in mappings(in: value).map { [key] + $0 } }
    }

    private static func text(of node: ConfigNode) -> String {
        if let elements = node.elements { return "[\(elements.map(text).joined(separator: ", "))]" }
        if let entries = node.entries {
            return "{\(entries.map { "\($0.key): \(text(of: $0.value))" }.joined(separator: ", "))}"
        }
        return node.description
    }
}

extension ConfigNode {
    /// The entries of a mapping, or the elements of a list under their indices.
    fileprivate var parts: [(key: String, value: ConfigNode)] {
        entries?.map { ($0.key, $0.value) } ?? elements?.enumerated().map { (String($0), $1) } ?? []
    }

    fileprivate func value(at path: [String]) -> ConfigNode {
        path.reduce(self) { node, key in node.parts.first { $0.key == key }?.value ?? nil }
    }

    /// The node with another value at a path; a key that is missing in its mapping is added.
    fileprivate func replacing(_ path: ArraySlice<String>, by value: ConfigNode) -> ConfigNode {
        guard let key = path.first else { return value }
        var result = self
        if var elements, let index = Int(key) {
            elements[index] = elements[index].replacing(path.dropFirst(), by: value)
            result.content = .sequence(elements)
        } else if var entries {
            if let index = entries.firstIndex(where: { $0.key == key }) {
                entries[index].value = entries[index].value.replacing(path.dropFirst(), by: value)
            } else {
                entries.append(ConfigEntry(key: key, value: value))
            }
            result.content = .mapping(entries)
        }
        return result
    }
}
