import NNLayers

/// Which weights a network begins with: `weights` of a model in a configuration.
///
/// ```yaml
/// weights: resnet50.pth                       # all of it, names by the map that fits
/// weights: {file: resnet50.pth, part: backbone}
/// weights:                                    # several files
///   - {file: xception.h5, names: keras_xception, part: backbone}
///   - {file: runs/top/best.safetensors, part: head}
/// ```
public struct WeightSource: ComponentOptions, Hashable {
    /// A file of any registered format.
    public var file = ""
    /// How its tensors are named: a name map that is registered, a file with one, or `auto` for the one that fits.
    public var names = Self.automatic
    /// The part of the network that is taken from the file: `backbone`, `head` or `auxiliary_head`; null for all.
    public var part: String?
    /// Patterns of names that may be missing in the file, have no place in the network, or have another shape.
    public var except: [String] = []

    static let automatic = "auto"
    static let parts = ["backbone", "head", "auxiliary_head"]

    public init() {}

    public init(file: String, names: String? = nil, part: String? = nil, except: [String] = []) {
        self.file = file
        self.names = names ?? Self.automatic
        self.part = part
        self.except = except
    }

    public func validate() throws {
        if file.isEmpty { throw OptionError("file", "must be the path of a file of weights") }
        if let part, !Self.parts.contains(part) {
            throw OptionError("part", "must be one of \(Self.parts.joined(separator: ", ")), or null, not '\(part)'")
        }
    }

    /// Reads what a configuration says: a path, a mapping, or a list of these; null is none.
    /// - Throws: `ConfigError` with the place of what is wrong.
    public static func sources(in node: ConfigNode) throws(ConfigError) -> [(source: WeightSource, node: ConfigNode)] {
        if node.isNull { return [] }
        var result: [(WeightSource, ConfigNode)] = []
        for element in node.elements ?? [node] {
            if case .string(let path) = element.content {
                result.append((WeightSource(file: path), element))
            } else {
                result.append((try ConfigDecoder().decode(WeightSource.self, from: element), element))
            }
        }
        return result
    }

    /// The same as a list of mappings that leave nothing out; null stays null.
    /// - Throws: `ConfigError` with the place of what is wrong.
    public static func resolved(_ node: ConfigNode) throws(ConfigError) -> ConfigNode {
        if node.isNull { return node }
        var list: [ConfigNode] = []
        for (source, element) in try sources(in: node) {
            do {
                var mapping = try ConfigEncoder().encode(source).moved(to: element.keyPath)
                mapping.place = element.place
                list.append(mapping)
            } catch {
                throw ConfigError("\(error)", at: element)
            }
        }
        return ConfigNode(.sequence(list), place: node.place).moved(to: node.keyPath)
    }
}
