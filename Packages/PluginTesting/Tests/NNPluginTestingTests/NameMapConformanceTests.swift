import Foundation
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

    /// A published file with the network that it is for.
    struct Published: Sendable, CustomTestStringConvertible {
        let map: String
        /// The fixture of NNWeightsTests that lists its tensors.
        let file: String
        var backbone: ConfigNode = nil
        var head: ConfigNode = "classifier"
        var auxiliaryHead: ConfigNode?
        /// What the file lacks.
        var exceptions: [String] = []
        var testDescription: String { file }
    }

    private static let kerasNorm: ConfigNode = ["type": "batch_norm", "epsilon": 0.001]
    private static let densenetNorm: ConfigNode = ["type": "batch_norm", "epsilon": 1.001e-5]

    private static let published = [
        Published(
            map: "cifar_resnet", file: "cifar_resnet20",
            backbone: ["type": "resnet_cifar", "depth": 20, "shortcut_padding": "both_sides"]),
        Published(
            map: "keras_densenet", file: "keras_densenet121",
            backbone: ["type": "densenet", "normalization": densenetNorm]),
        Published(
            map: "keras_inception_resnet_v2", file: "keras_inception_resnet_v2",
            backbone: [
                "type": "inception_resnet_v2",
                "normalization": ["type": "batch_norm", "epsilon": 0.001, "scale": false],
            ]),
        Published(
            map: "keras_mobilenet_v1", file: "keras_mobilenet",
            backbone: [
                "type": "mobilenet", "version": 1, "width": 0.5, "strided_padding": "tensorflow",
                "normalization": kerasNorm,
            ]),
        Published(
            map: "keras_mobilenet_v2", file: "keras_mobilenet_v2",
            backbone: [
                "type": "mobilenet", "width": 0.5, "strided_padding": "tensorflow", "normalization": kerasNorm,
            ]),
        Published(
            map: "keras_resnet", file: "keras_resnet50_first",
            backbone: [
                "type": "resnet", "depth": 50, "conv_bias": true, "strides_first": true, "normalization": densenetNorm,
            ]),
        Published(
            map: "keras_vgg16", file: "keras_vgg16", backbone: ["type": "vgg", "depth": 16], exceptions: ["head"]),
        Published(
            map: "keras_vgg19", file: "keras_vgg19", backbone: ["type": "vgg", "depth": 19], exceptions: ["head"]),
        Published(
            map: "keras_xception", file: "keras_xception",
            backbone: ["type": "xception", "strided_padding": "tensorflow", "normalization": kerasNorm]),
        Published(map: "timm_inception_resnet_v2", file: "timm_inception_resnet_v2"),
        Published(
            map: "timm_mobilenet_v1", file: "timm_mobilenetv1_100", backbone: ["type": "mobilenet", "version": 1]),
        Published(
            map: "timm_mobilenet_v2", file: "timm_mobilenetv2_050", backbone: ["type": "mobilenet", "width": 0.5]),
        Published(
            map: "timm_vovnet", file: "timm_vovnet39a",
            backbone: [
                "type": "vovnet", "depth": 39, "stem_stride": 4, "concatenates_input": true, "pads_pools": false,
                "activation": "relu",
            ]),
        Published(map: "timm_xception", file: "timm_legacy_xception", backbone: "xception"),
        Published(map: "torchvision_densenet", file: "torchvision_densenet121", backbone: "densenet"),
        Published(
            map: "torchvision_fcn", file: "torchvision_fcn_resnet50",
            backbone: ["type": "resnet", "depth": 50, "output_stride": 8],
            head: "fcn", auxiliaryHead: ["type": "fcn", "feature": 2]),
        Published(map: "torchvision_mobilenet_v2", file: "torchvision_mobilenet_v2", backbone: "mobilenet"),
        Published(map: "torchvision_resnet", file: "torchvision_resnet18", backbone: ["type": "resnet", "depth": 18]),
        Published(
            map: "torchvision_vgg", file: "torchvision_vgg11", backbone: ["type": "vgg", "depth": 11],
            exceptions: ["head"]),
    ]

    @Test func everyMapHasAFile() throws {
        #expect(try Self.registry().names(of: .nameMap) == Self.published.map(\.map))
    }

    @Test(arguments: published)
    func conforms(_ published: Published) throws {
        let (file, classCount) = try Self.tensors(of: published.file)
        let registry = try Self.registry()
        let backbone: any Backbone =
            published.backbone.isNull
            ? InceptionResNetV2(blockCounts: [2, 2, 2]) : try registry.build(.backbone, from: published.backbone)
        let environment = HeadEnvironment(features: backbone.features, classCount: classCount)
        let network = Network(
            backbone: backbone, head: try registry.build(.head, from: published.head, environment),
            auxiliaryHead: try published.auxiliaryHead.map { try registry.build(.head, from: $0, environment) })
        let map = try registry.build(.nameMap, from: ConfigNode(.string(published.map)))
        try checkNameMap(map, of: file, for: network, except: published.exceptions)
    }

    /// What a fixture lists, and its number of classes.
    private static func tensors(of fixture: String) throws -> (file: [(name: String, shape: Shape)], classes: Int) {
        let packages = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let url = packages.appending(path: "Weights/Tests/NNWeightsTests/Fixtures/\(fixture).safetensors")
        let text = try #require(SafetensorsFile(url.standardizedFileURL).metadata["layout"])
        let layout = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let entries = try #require(layout["entries"] as? [[Any]])
        let file = try entries.map { entry in
            (name: try #require(entry[0] as? String), shape: Shape(try #require(entry[1] as? [Int])))
        }
        return (file, try #require(layout["classes"] as? Int))
    }

    /// Without a file, names that the map itself gives.
    @Test func mapsThatCanBeExportedNeedNoFile() throws {
        let backbone = ResNet(depth: 18)
        let network = Network(backbone, Classifier(features: backbone.features, classes: 10))
        try checkNameMap(Self.registry().build(.nameMap, from: "torchvision_resnet"), for: network)
        try expectFinding("values of the network are not in the file, such as 'head.fc.weight'") {
            try checkNameMap(NameMap("*   backbone.*"), for: network)
        }
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
        try expect(
            "the map is for batch norms of epsilon 0.5, and the network has 1e-05", line: 0, "batch_norm_epsilon = 0.5")
    }
}
