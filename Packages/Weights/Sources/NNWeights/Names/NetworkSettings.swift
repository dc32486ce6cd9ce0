import NNLayers

/// A setting of a network that weights depend on, although neither names nor shapes have to show it.
public struct NetworkSetting: Sendable, Hashable {
    /// `batch_norm_epsilon`, `batch_norm_scale`, or `backbone.` and the key of an option: `backbone.strided_padding`.
    public var key: String
    /// The value as a configuration has it: `1e-3`, `tensorflow`, `true`.
    public var value: String

    /// A setting with its value.
    public init(_ key: String, _ value: String) {
        self.key = key
        self.value = value
    }

    /// The line of a configuration for an option of the backbone.
    fileprivate var line: String { "\(key.dropFirst(Self.backbone.count)): \(value)" }

    /// The options of a backbone, as a configuration has them.
    static func lines(_ settings: [NetworkSetting]) -> String {
        let norm = settings.filter { [epsilon, scale].contains($0.key) }
            .map { "\($0.key == epsilon ? "epsilon" : "scale"): \($0.value)" }
        return
            (settings.filter { ![epsilon, scale].contains($0.key) }.map(\.line)
            + (norm.isEmpty ? [] : ["normalization: {type: batch_norm, \(norm.joined(separator: ", "))}"]))
            .joined(separator: ", ")
    }

    static let (epsilon, scale, backbone) = ("batch_norm_epsilon", "batch_norm_scale", "backbone.")
    static let (type, activation) = ("backbone.type", "backbone.activation")
}

/// A setting of the network that is not the one that its weights were trained with.
public struct SettingMismatch: Sendable, Hashable, CustomStringConvertible {
    /// The setting that the weights were trained with.
    public let expected: NetworkSetting
    /// The value in the network; empty if its backbone has no such option.
    public let found: String

    /// Both values.
    public var description: String {
        let found = found.isEmpty ? "none" : found
        return switch expected.key {
        case NetworkSetting.epsilon: "batch norms of epsilon \(expected.value), and the network has \(found)"
        case NetworkSetting.scale: "batch norms of scale: \(expected.value), and the network has \(found)"
        default: "\(expected.line), and the network has \(found)"
        }
    }
}

extension NameMap {
    /// How a network differs from the settings that weights of this map were trained with.
    /// - Parameters:
    ///   - names: The names of the file, on which some settings depend; by default none.
    ///   - part: The path of the submodule that counts; nil for everything.
    @_spi(Internal) public func mismatches(
        with network: some Module, names: [String] = [], part: String? = nil
    ) -> [SettingMismatch] {
        let found = NetworkSettings(ModuleTree(network), part: part)
        return settings(for: names).compactMap(found.mismatch)
    }
}

/// The settings that a network was built with.
struct NetworkSettings {
    private var values: [String: [String]] = [:]
    private var epsilons: [Float] = []
    /// Whether a backbone states its options, so that one that it does not state is none of its options.
    private var isStated = false

    /// - Parameter part: The path of the submodule to look at; nil for everything.
    init(_ tree: ModuleTree, part: String?) {
        let prefix = part.map { "\($0)." }
        let entries = tree.entries.filter { entry in prefix.map { "\(entry.path).".hasPrefix($0) } ?? true }
        for norm in entries.compactMap({ $0.module as? BatchNorm }) {
            if !epsilons.contains(norm.epsilon) { epsilons.append(norm.epsilon) }
            add("\(norm.weight != nil)", NetworkSetting.scale)
        }
        guard let root = entries.first(where: { $0.module is any Backbone }),
            let backbone = root.module as? any Backbone
        else { return }
        isStated = !backbone.weightOptions.isEmpty
        for (key, value) in backbone.weightOptions { add(value, NetworkSetting.backbone + key) }
        for entry in entries where root.path.isEmpty || entry.path.hasPrefix("\(root.path).") || entry.path == root.path
        {
            let activation =
                (entry.module as? ConvNormActivation)?.activation ?? (entry.module as? NormActivation)?.activation
            if let activation, !(activation is Identity) { add(Self.name(of: activation), NetworkSetting.activation) }
        }
    }

    private mutating func add(_ value: String, _ key: String) {
        if values[key]?.contains(value) != true { values[key, default: []].append(value) }
    }

    /// The name of an activation in a configuration, without its options; the type of a custom one.
    private static func name(of activation: any Layer) -> String {
        guard let function = (activation as? ActivationLayer)?.activation else { return activation.typeName }
        return switch function {
        case .leakyReLU: "leaky_relu"
        case .hardSwish: "hard_swish"
        default: "\(function)"
        }
    }

    /// How the network differs from a setting; nil if it does not, or has no layer to which the setting applies.
    func mismatch(_ expected: NetworkSetting) -> SettingMismatch? {
        func mismatch(_ found: String?) -> SettingMismatch? {
            found.map { SettingMismatch(expected: expected, found: $0) }
        }
        let found = values[expected.key] ?? []
        switch expected.key {
        case NetworkSetting.epsilon:
            return mismatch(epsilons.first { $0 != Float(expected.value) }.map { "\($0)" })
        // An attention may have an activation of its own.
        case NetworkSetting.activation: return found.contains(expected.value) ? nil : mismatch(found.first)
        case NetworkSetting.scale: return mismatch(found.first { $0 != expected.value })
        default:
            return found.isEmpty ? (isStated ? mismatch("") : nil) : mismatch(found.first { $0 != expected.value })
        }
    }
}

/// How the images were prepared that published weights were trained with.
public struct InputSettings: Sendable, Hashable {
    /// The mean of each channel of pixels from 0 to 1, in the order of the channels.
    public var mean: [Float]
    /// The standard deviation of each channel.
    public var standardDeviation: [Float]
    /// Whether the channels are blue, green and red.
    public var isBGR = false

    /// Images of a mean and standard deviation for each channel.
    public init(mean: [Float], standardDeviation: [Float], isBGR: Bool = false) {
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.isBGR = isBGR
    }
}
