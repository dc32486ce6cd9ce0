import NNLayers

extension ConfigNode {
    /// What is different in this configuration from an earlier one, a text for each key: `epochs: 10 -> 20`.
    public func differences(from earlier: ConfigNode) -> [String] { differences(from: earlier, path: "") }

    private func differences(from earlier: ConfigNode, path: String) -> [String] {
        if content == earlier.content { return [] }
        guard let entries, let earlierEntries = earlier.entries else {
            return ["\(path): \(earlier.flowText) -> \(flowText)"]
        }
        let keys = entries.map(\.key) + earlierEntries.map(\.key).filter { self[$0] == nil }
        return keys.flatMap { key in
            (self[key] ?? nil).differences(from: earlier[key] ?? nil, path: path.isEmpty ? key : "\(path).\(key)")
        }
    }
}
