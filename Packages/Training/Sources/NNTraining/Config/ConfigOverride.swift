import NNLayers

/// A change of a configuration from the command line: `optimizer.lr=0.05`, `data.train_transforms.0.padding=2`.
public struct ConfigOverride: Sendable {
    /// The keys, and indices of lists, that lead to the value.
    public let path: [String]
    /// Has the override itself as its place.
    public let value: ConfigNode

    /// Reads `key.path=value`; the value is read as YAML.
    /// - Parameters:
    ///   - option: the option of the command line that it was given by.
    ///   - example: what a user could have written.
    /// - Throws: ``ConfigError`` where there is no key, or no YAML.
    public init(
        _ text: String, option: String = "--set", example: String = "optimizer.lr=0.05"
    ) throws(ConfigError) {
        let place = ConfigPlace(source: "\(option) \(text)")
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, path.allSatisfy({ !$0.isEmpty }) else {
            throw ConfigError("expected KEY.PATH=VALUE", remedy: "write as in \(option) \(example)", place: place)
        }
        self.path = path
        let yaml = String(parts[1])
        if yaml.allSatisfy(\.isWhitespace) {
            value = ConfigNode(.null, place: place)
        } else {
            do {
                value = try YAMLReader.read(yaml, source: place.source).placed(at: place)
            } catch {
                throw ConfigError(
                    error.problems.map { ConfigError.Problem($0.message, remedy: $0.remedy, place: place) })
            }
        }
    }

    /// The configuration with this change.
    /// - Throws: ``ConfigError`` where the path leads through a value that has no such element.
    public func applied(to node: ConfigNode) throws(ConfigError) -> ConfigNode {
        try node.setting(path[...], to: value, place: value.place!).moved(to: "")
    }
}
