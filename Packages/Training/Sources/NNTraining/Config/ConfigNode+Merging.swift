import NNLayers

extension ConfigNode {
    /// A component's name alone, written as the mapping that it stands for: `relu` is `{type: relu}`.
    private var expanded: ConfigNode {
        guard string != nil else { return self }
        return ConfigNode(.mapping([ConfigEntry(key: "type", value: self, place: place)]), place: place)
    }

    /// This node on top of another: mappings are joined key by key, all else is replaced whole.
    ///
    /// A mapping whose `type` is another than the base's replaces it: it describes another component.
    func merged(over base: ConfigNode) -> ConfigNode {
        let base = base.expanded
        guard let entries, var result = base.entries else { return self }
        if let type = self["type"], let baseType = base["type"], type != baseType { return self }
        for entry in entries {
            if let index = result.firstIndex(where: { $0.key == entry.key }) {
                result[index].place = entry.place
                result[index].value = entry.value.merged(over: result[index].value)
            } else {
                result.append(entry)
            }
        }
        return ConfigNode(.mapping(result), place: place, keyPath: keyPath)
    }

    /// This node with another value at a path of keys and list indices; mappings that are missing are made.
    /// - Throws: ``ConfigError`` for an index outside its list, and a path through a number or the like.
    func setting(
        _ path: ArraySlice<String>, to value: ConfigNode, place: ConfigPlace
    ) throws(ConfigError) -> ConfigNode {
        guard let key = path.first else { return value }
        let rest = path.dropFirst()
        var node = expanded
        switch node.content {
        case .sequence(var elements):
            guard let index = Int(key), elements.indices.contains(index) else {
                let range = elements.isEmpty ? "it is empty" : "its elements are 0 to \(elements.count - 1)"
                throw ConfigError("the list has no element '\(key)'", remedy: range, place: place, keyPath: keyPath)
            }
            elements[index] = try elements[index].setting(rest, to: value, place: place)
            node.content = .sequence(elements)
        case .mapping(var entries):
            if let index = entries.firstIndex(where: { $0.key == key }) {
                entries[index].value = try entries[index].value.setting(rest, to: value, place: place)
            } else {
                let new = ConfigNode(.null, place: place, keyPath: keyPath(of: key))
                entries.append(
                    ConfigEntry(key: key, value: try new.setting(rest, to: value, place: place), place: place))
            }
            node.content = .mapping(entries)
        case .null:
            node = ConfigNode(.mapping([]), place: place, keyPath: keyPath)
            return try node.setting(path, to: value, place: place)
        default:
            throw ConfigError("\(self) has no key '\(key)'", place: place, keyPath: keyPath)
        }
        return node
    }

    /// The node with one place for itself and all that it contains.
    func placed(at place: ConfigPlace) -> ConfigNode {
        var node = self
        node.place = place
        switch content {
        case .sequence(let elements): node.content = .sequence(elements.map { $0.placed(at: place) })
        case .mapping(let entries):
            node.content = .mapping(
                entries.map { ConfigEntry(key: $0.key, value: $0.value.placed(at: place), place: place) })
        default: break
        }
        return node
    }
}
