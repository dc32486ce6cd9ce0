import Foundation
@_spi(Text) import NNLayers

extension ConfigNode {
    /// Expands the name of a component to the mapping that it stands for: `relu` to `{type: relu}`.
    private var expanded: ConfigNode {
        guard string != nil else { return self }
        return ConfigNode(.mapping([ConfigEntry(key: "type", value: self, place: place)]), place: place)
    }

    /// Merges this node over another: mappings are merged key by key, everything else is replaced.
    ///
    /// A mapping whose `type` differs from that of the base replaces it, since it describes another component.
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

    /// This node with what stands at a path of keys and list indices changed; missing mappings are created.
    /// - Parameter change: Takes what stands there, null for what is missing.
    /// - Throws: `ConfigError` for an index out of range, and for a path through a scalar.
    func changing(
        _ path: ArraySlice<String>, place: ConfigPlace?, by change: (ConfigNode) throws(ConfigError) -> ConfigNode
    ) throws(ConfigError) -> ConfigNode {
        guard let key = path.first else { return try change(self) }
        let rest = path.dropFirst()
        var node = expanded
        switch node.content {
        case .sequence(var elements):
            guard let index = Int(key), elements.indices.contains(index) else {
                let range = elements.isEmpty ? "it is empty" : "its elements are 0 to \(elements.count - 1)"
                throw ConfigError("the list has no element '\(key)'", remedy: range, place: place, keyPath: keyPath)
            }
            elements[index] = try elements[index].changing(rest, place: place, by: change)
            node.content = .sequence(elements)
        case .mapping(var entries):
            if let index = entries.firstIndex(where: { $0.key == key }) {
                entries[index].value = try entries[index].value.changing(rest, place: place, by: change)
            } else {
                let new = ConfigNode(.null, place: place, keyPath: keyPath(of: key))
                entries.append(
                    ConfigEntry(key: key, value: try new.changing(rest, place: place, by: change), place: place))
            }
            node.content = .mapping(entries)
        case .null:
            node = ConfigNode(.mapping([]), place: place, keyPath: keyPath)
            node.isPartial = true
            return try node.changing(path, place: place, by: change)
        default:
            throw ConfigError("\(self) has no key '\(key)'", place: place, keyPath: keyPath)
        }
        return node
    }

    /// This node with another value at a path of keys, at the place of what stood there; traps for a path through a scalar.
    func setting(_ path: [String], to content: Content) -> ConfigNode {
        do {
            return try changing(path[...], place: place) { present throws(ConfigError) in
                ConfigNode(content, place: present.place, keyPath: present.keyPath)
            }
        } catch {
            trap("setting: \(error)")
        }
    }

    /// The node with the same place for itself and everything in it.
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

/// An override of a configuration value: `optimizer.lr=0.05`, `data.train_transforms.0.padding=2`, or an element for the
/// end of a list: `data.train_transforms+=flip`.
@_spi(Internal) public struct ConfigOverride: Sendable {
    /// The keys and list indices that lead to the value.
    public let path: [String]
    /// The new value, whose place is the override itself.
    public let value: ConfigNode
    /// Whether the value is appended to a list.
    public let isAppended: Bool

    /// Parses `key.path=value` or `key.path+=value`.
    ///
    /// What begins with a bracket, a brace or a quotation mark, and is closed at its end, is YAML. Everything else is a
    /// number, `true`, `false` or `null`, or is taken word for word, since a shell has its own rules for comments and
    /// quotes: `my data #2`. A key of text takes all of these as they are written: `007`, `1e3`, `null`.
    /// - Parameters:
    ///   - text: The override.
    ///   - option: The command-line option that it was given by, for messages.
    ///   - example: A valid override, for messages.
    /// - Throws: `ConfigError` for a missing key or invalid YAML.
    public init(
        _ text: String, option: String = "--set", example: String = "optimizer.lr=0.05"
    ) throws(ConfigError) {
        let place = ConfigPlace(source: "\(option) \(text.excerpt)")
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        isAppended = parts.count == 2 && parts[0].hasSuffix("+")
        let path = (isAppended ? parts[0].dropLast() : parts[0])
            .split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, path.allSatisfy({ !$0.isEmpty }) else {
            throw ConfigError("expected KEY.PATH=VALUE", remedy: "write as in \(option) \(example)", place: place)
        }
        self.path = path
        let yaml = String(parts[1])
        guard Self.isYAML(yaml) else {
            let bare = yaml.trimmingCharacters(in: .whitespaces)
            var node = ConfigNode(YAMLScalar.content(of: bare) ?? .string(yaml), place: place)
            if case .string = node.content { node.content = .string(yaml) }
            node.words = yaml
            value = node
            return
        }
        do {
            value = try YAMLReader.read(yaml, source: place.source, keepsWords: true).placed(at: place)
        } catch {
            throw ConfigError(error.problems.map { ConfigError.Problem($0.message, remedy: $0.remedy, place: place) })
        }
    }

    /// Whether a value is a list, a mapping or a quoted text of YAML: nothing follows what closes its begin.
    /// `[2024] images` and `'a' and 'b'` are words.
    private static func isYAML(_ text: String) -> Bool {
        let text = Array(text.trimmingCharacters(in: .whitespacesAndNewlines))
        guard let first = text.first, "[{'\"".contains(first) else { return false }
        var depth = 0
        var quote: Character?
        var index = 0
        while index < text.count {
            let character = text[index]
            if let open = quote {
                // A quote within quotes is doubled or, in double quotes, behind a backslash.
                let isEscape =
                    open == "'"
                    ? character == "'" && index + 1 < text.count && text[index + 1] == "'" : character == "\\"
                if isEscape {
                    index += 1
                } else if character == open {
                    quote = nil
                }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if "[{".contains(character) {
                depth += 1
            } else if "]}".contains(character) {
                depth -= 1
            }
            if depth <= 0, quote == nil { return index >= text.count - 1 }
            index += 1
        }
        return true
    }

    /// Applies the override to a configuration.
    /// - Throws: `ConfigError` where the path leads through a value without such an element, or to something other than
    ///   a list that a value is to be appended to.
    public func applied(to node: ConfigNode) throws(ConfigError) -> ConfigNode {
        let place = value.place!
        let change = { [value, isAppended] (present: ConfigNode) throws(ConfigError) -> ConfigNode in
            guard isAppended else { return value }
            guard present.isNull || present.elements != nil else {
                throw ConfigError(
                    "only a list can be appended to, found \(present)", remedy: "write KEY.PATH=VALUE", place: place,
                    keyPath: present.keyPath)
            }
            let elements = (present.elements ?? []) + (value.elements ?? [value])
            return ConfigNode(.sequence(elements), place: present.place ?? place)
        }
        return try node.changing(path[...], place: place, by: change).moved(to: "")
    }
}

extension ConfigNode {
    /// The differences from an earlier configuration, one text for each key: `epochs: 10 -> 20`.
    @_spi(Internal) public func differences(from earlier: ConfigNode) -> [String] {
        differences(from: earlier, path: "")
    }

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

extension ConfigNode {
    /// The value on one line, in the flow style of YAML.
    @_spi(Internal) public var flowText: String {
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
