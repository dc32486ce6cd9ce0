import NNLayers
@_spi(Internal) import NNTraining

/// A key that several configurations have different values of.
struct ConfigDifference: Sendable, Hashable {
    /// The keys from the root, joined by dots: `optimizer.lr`.
    let key: String
    /// The value of each configuration on one line; nil where it has none.
    let values: [String?]

    /// The keys whose values differ, in the order of the configurations. Mappings are compared key by key, lists of
    /// the same length element by element, other lists as a whole.
    /// - Parameter nodes: The configurations; nil for one that could not be read, which differs from none.
    static func all(among nodes: [ConfigNode?]) -> [ConfigDifference] {
        let known = nodes.indices.filter { nodes[$0] != nil }
        let found = differences(known.map { nodes[$0] }, at: "")
        return found.map { difference in
            var values = [String?](repeating: nil, count: nodes.count)
            for (index, value) in zip(known, difference.values) { values[index] = value }
            return ConfigDifference(key: difference.key, values: values)
        }
    }

    private static func differences(_ nodes: [ConfigNode?], at path: String) -> [ConfigDifference] {
        let texts = nodes.map { $0?.flowText }
        guard Set(texts).count > 1 else { return [] }
        func joined(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
        let present = nodes.compactMap { $0 }.filter { !$0.isNull }
        if !present.isEmpty, present.allSatisfy({ $0.entries != nil }) {
            var keys: [String] = []
            for entry in present.flatMap({ $0.entries ?? [] }) where !keys.contains(entry.key) {
                keys.append(entry.key)
            }
            return keys.flatMap { key in differences(nodes.map { $0?[key] }, at: joined(key)) }
        }
        let lists = nodes.map { $0?.elements }
        let counts = Set(lists.map { $0?.count ?? -1 })
        let areStructured = lists.contains { list in list?.contains { $0.entries != nil } ?? false }
        if counts.count == 1, let count = counts.first, count > 0, areStructured {
            return (0..<count).flatMap { index in differences(lists.map { $0?[index] }, at: joined("\(index)")) }
        }
        return [ConfigDifference(key: path, values: texts)]
    }
}
