import NNBackbones
import NNHeads
import NNLayers
import NNPluginTesting
import NNWeights
import Testing

@Suite struct NameMapConformanceTests {
    private static func registry() throws -> Registry {
        try Registry(plugins: [LayersPlugin(), BackbonesPlugin(), HeadsPlugin(), WeightsPlugin()])
    }

    private static func keras(_ type: String, epsilon: Float = 1e-3, _ options: [(String, ConfigNode)] = [])
        -> ConfigNode
    {
        var entries: [(String, ConfigNode)] = [("type", ConfigNode(.string(type)))] + options
        entries.append(("normalization", ["type": "batch_norm", "epsilon": ConfigNode(.float(Double(epsilon)))]))
        return ConfigNode(.mapping(entries.map { ConfigEntry(key: $0.0, value: $0.1) })).moved(to: "")
    }

    /// The network that each map is for, with fewer layers where the names allow it.
    private static let backbones: [String: ConfigNode] = [
        "cifar_resnet": ["type": "resnet_cifar", "depth": 8],
        "keras_densenet": keras("densenet", epsilon: 1.001e-5),
        "keras_mobilenet_v1": keras("mobilenet", [("version", 1)]),
        "keras_mobilenet_v2": keras("mobilenet", [("version", 2)]),
        "keras_resnet": keras("resnet", epsilon: 1.001e-5, [("depth", 50), ("conv_bias", true)]),
        "keras_vgg16": ["type": "vgg", "depth": 16],
        "keras_vgg19": ["type": "vgg", "depth": 19],
        "keras_xception": keras("xception"),
        "timm_inception_resnet_v2": "inception_resnet_v2",
        "timm_mobilenet_v1": ["type": "mobilenet", "version": 1],
        "timm_mobilenet_v2": "mobilenet",
        "timm_vovnet": ["type": "vovnet", "depth": 19, "stem_stride": 4, "concatenates_input": true],
        "timm_xception": "xception",
        "torchvision_densenet": "densenet",
        "torchvision_mobilenet_v2": "mobilenet",
        "torchvision_resnet": ["type": "resnet", "depth": 18],
        "torchvision_vgg": ["type": "vgg", "depth": 11],
    ]

    @Test(arguments: backbones.keys.sorted())
    func conforms(_ name: String) throws {
        let registry = try Self.registry()
        let backbone = try registry.build(.backbone, from: Self.backbones[name] ?? "")
        let map = try registry.build(.nameMap, from: ConfigNode(.string(name)))
        let network = Network(backbone, Classifier(features: backbone.features, classes: 10))
        try checkNameMap(map, for: network, except: name.contains("vgg") ? ["head"] : [])
    }

    /// A layer that is small enough to write its file by hand.
    private static func network() -> Sequential {
        Sequential(Conv2D(inputChannels: 3, outputChannels: 4, kernel: 3, hasBias: false), BatchNorm(channels: 4))
    }

    private static let file: [(name: String, shape: Shape)] = [
        ("conv/kernel", [3, 3, 3, 4]), ("bn/gamma", [4]), ("bn/beta", [4]), ("bn/mean", [4]), ("bn/variance", [4]),
        ("optimizer/step", []),
    ]

    private static let lines = [
        "conv/kernel     0.weight         hwio", "bn/gamma        1.weight", "bn/beta         1.bias",
        "bn/mean         1.running_mean", "bn/variance     1.running_var", "optimizer/*     -",
    ]

    private static func check(_ lines: [String]) throws {
        try checkNameMap(NameMap(lines.joined(separator: "\n")), of: file, for: network())
    }

    @Test func plantedFaultsAreFound() throws {
        try Self.check(Self.lines)
        func expect(_ text: String, line: Int, _ replacement: String) throws {
            var lines = Self.lines
            lines[line] = replacement
            try expectFinding(text) { try Self.check(lines) }
        }
        try expect("no line is for 'optimizer/step'", line: 5, "")
        try expect("'conv/kernel' [3, 3, 3, 4] of layout as_is does not fit", line: 0, "conv/kernel 0.weight")
        try expect("'bn/gamma' becomes '1.scale', which the network does not have", line: 1, "bn/gamma 1.scale")
        try expect("'bn/gamma' and 'bn/beta' both become '1.weight'", line: 2, "bn/beta 1.weight")
        try expect("1 of 6 values of the network are not in the file, such as '1.running_mean'", line: 3, "bn/mean -")
        try expect("the map says 0.5", line: 0, "batch_norm_epsilon = 0.5")
    }
}
