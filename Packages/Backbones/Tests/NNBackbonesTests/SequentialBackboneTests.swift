import NNBackbones
import NNLayers
import NNTesting
import Testing

@Suite struct SequentialBackboneTests {
    private let registry = try! Registry(plugins: [LayersPlugin(), BackbonesPlugin()])

    /// Every built-in layer, in stages.
    private let stages: ConfigNode = [
        [["type": "convolution", "channels": 6, "stride": 2, "kernel": 5], "normalization", "dropout"],
        ["max_pool", ["type": "separable_convolution", "channels": 8, "activates_between": true]],
        [
            ["type": "average_pool", "kernel": 3, "stride": 2, "padding": 1],
            ["type": "attention", "attention": "eca"],
            ["type": "residual", "layers": [["type": "convolution", "groups": 2], ["type": "activation"]]],
            ["type": "activation", "activation": "gelu"],
        ],
    ]

    @Test func conforms() throws {
        let backbone = try registry.build(.backbone, from: ["type": "sequential", "stages": stages])
        #expect(
            backbone.features == [
                FeatureInfo(channels: 6, stride: 2), FeatureInfo(channels: 8, stride: 4),
                FeatureInfo(channels: 8, stride: 8),
            ])
        try checkBackbone(backbone)
        let names = ModuleTree(backbone).parameters.map(\.name)
        #expect(
            names.prefix(4) == [
                "stages.0.0.conv.weight", "stages.0.0.bn.weight", "stages.0.0.bn.bias", "stages.0.1.weight",
            ])
    }

    /// The run folder has every option of every layer.
    @Test func resolvesItsLayers() throws {
        let node = try registry.check(.backbone, ["type": "sequential", "stages": [["max_pool"]]])
        #expect(
            node["stages"] == [
                [["type": "max_pool", "kernel": 2, "stride": nil, "padding": 0, "ceil_mode": false]]
            ])
    }

    static let refused: [(stages: ConfigNode, message: String)] = {
        let residual: ConfigNode = ["type": "residual", "layers": [["type": "convolution", "stride": 2]]]
        let grouped: ConfigNode = ["type": "convolution", "groups": 2]
        let padded: ConfigNode = ["type": "max_pool", "padding": 2]
        let large: ConfigNode = ["type": "max_pool", "stride": 65_536]
        var list: [(stages: ConfigNode, message: String)] = []
        list.append(([], "stages: must list the layers of one or more stages"))
        list.append(([[]], "stages.0: must list one or more layers"))
        list.append(([["convolutoin"]], "stages.0.0: unknown layer 'convolutoin'; did you mean 'convolution'?"))
        list.append(([["dropout", padded]], "stages.0.1.padding: must be from 0 to 1, not 2"))
        list.append(([[residual]], "stages.0.0.layers: must keep the size and the 3 channels of the input"))
        list.append(
            ([[grouped]], "stages.0.0.groups: must divide the channels of the input, 3, and of the result, 3"))
        list.append(([["max_pool", large]], "stages.0: must have strides whose product is at most 65536"))
        return list
    }()

    @Test func refusesWhatDoesNotFit() {
        for (stages, message) in Self.refused {
            let node: ConfigNode = ["type": "sequential", "stages": stages]
            let error = #expect(throws: ConfigError.self) { try registry.build(.backbone, from: node) }
            #expect(error?.description.hasPrefix(message) == true, "\(error.map { "\($0)" } ?? "")")
        }
    }

    @Test func initializersRefuse() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = SequentialBackbone(stages: [[]])
            }, "SequentialBackbone: stages.0 must list one or more layers")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ImageLayer(Identity(), channels: 0)
            }, "ImageLayer: channels must be 1 or more, not 0")
    }
}
