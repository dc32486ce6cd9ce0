@_spi(Text) import NNLayers

/// The weights that a network starts with: `weights` of a model in a configuration.
///
/// ```yaml
/// weights: resnet50.pth                       # the whole network; the name map is detected
/// weights: {file: resnet50.pth, part: backbone}
/// weights: {file: checkpoint.pth, state: model}   # and not model_ema
/// weights:                                    # several files
///   - {file: xception.h5, names: keras_xception, part: backbone}
///   - {file: runs/top/best.safetensors, part: head}
/// ```
public struct WeightSource: ComponentOptions, Hashable {
    /// The path of a file in any registered format.
    public var file = ""
    /// How the file names its tensors: a registered name map, a file with one, or `auto` to detect it.
    public var names = Self.automatic
    /// The part of the network to load: `backbone`, `head` or `auxiliary_head`; nil for everything.
    public var part: String?
    /// Patterns of names that may be missing, unexpected or of another shape.
    public var except: [String] = []
    /// The set of weights to load of a checkpoint that has several: `model` beside `model_ema`; null for the one that is
    /// preferred.
    public var state: String?
    /// Whether the settings of the network may be others than those that the weights were trained with.
    public var force = false

    static let automatic = "auto"
    static let parts = ["backbone", "head", "auxiliary_head"]

    /// The defaults; the file has to be set.
    public init() {}

    /// Names a file of weights; without `names`, the name map is detected.
    public init(
        file: String, names: String? = nil, part: String? = nil, except: [String] = [], state: String? = nil,
        force: Bool = false
    ) {
        self.file = file
        self.names = names ?? Self.automatic
        self.part = part
        self.except = except
        self.state = state
        self.force = force
    }

    /// Checks that a file and a known part are named.
    /// - Throws: `OptionError`.
    public func validate() throws {
        if file.isEmpty { throw OptionError("file", "must be the path of a file of weights") }
        if let part, !Self.parts.contains(part) {
            throw OptionError("part", "must be one of \(Self.parts.joined(separator: ", ")), or null, not '\(part)'")
        }
    }

    /// Reads a value of a configuration: a path, a mapping, or a list of these; null stands for no weights.
    /// - Throws: `ConfigError` with the location of what is wrong.
    @_spi(Internal) public static func sources(
        in node: ConfigNode
    ) throws(ConfigError) -> [(source: WeightSource, node: ConfigNode)] {
        if node.isNull { return [] }
        var result: [(WeightSource, ConfigNode)] = []
        for element in node.elements ?? [node] {
            if let path = element.string ?? element.words {
                result.append((WeightSource(file: path), element))
            } else {
                result.append((try ConfigDecoder().decode(WeightSource.self, from: element), element))
            }
        }
        return result
    }

    /// Expands a value of a configuration to a list of complete mappings; null stays null.
    /// - Throws: `ConfigError` with the location of what is wrong.
    @_spi(Internal) public static func resolved(_ node: ConfigNode) throws(ConfigError) -> ConfigNode {
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
