import NNBackbones
import NNHeads
import NNLayers
import NNTesting
import Testing

@Suite struct ResNetCifarTests {
    @Test(arguments: [(20, 269_722), (56, 853_018)])
    func hasThePublishedNumberOfParameters(depth: Int, count: Int) {
        let backbone = ResNetCifar(depth: depth)
        let network = Network(backbone: backbone, head: Classifier(features: backbone.features, classes: 10))
        #expect(network.parameterCount.trainable == count)
    }

    @Test(arguments: ResNetCifar.ShortcutPadding.allCases)
    func conforms(padding: ResNetCifar.ShortcutPadding) throws {
        try checkBackbone(ResNetCifar(depth: 8, shortcutPadding: padding))
    }

    @Test func namesAreThoseOfPyTorchImplementations() {
        let names = ModuleTree(ResNetCifar(depth: 8)).parameters.map(\.name)
        #expect(
            names.prefix(5) == [
                "conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight", "layer1.0.bn1.weight",
            ])
        #expect(names.last == "layer3.0.bn2.bias")
        #expect(names.count == 21)
    }

    @Test func theShortcutPadsWhereToldTo() throws {
        // With every scale at zero a block hands on its shortcut alone.
        for (padding, zeros) in [(ResNetCifar.ShortcutPadding.end, 16..<32), (.bothSides, 0..<8)] {
            let backbone = ResNetCifar(depth: 8, shortcutPadding: padding)
            backbone.initialize(key: RandomKey(seed: 0))
            for (name, parameter) in ModuleTree(backbone).parameters where name.hasSuffix("bn2.weight") {
                parameter.value = .zeros(parameter.shape)
            }
            let images = Tensor.uniform([1, 9, 7, 3], in: 0..<1, key: RandomKey(seed: 1))
            let features = withoutGradients { backbone(images, .inference()) }
            let (fine, coarse) = (features[0].map.floats, features[1].map.floats)
            #expect(features[1].map.shape == [1, 5, 4, 32])
            let first = padding == .end ? 0 : 8
            for (y, x, channel) in [(0, 0, 3), (2, 1, 15), (4, 3, 9)] {
                #expect(coarse[(y * 4 + x) * 32 + first + channel] == fine[(2 * y * 7 + 2 * x) * 16 + channel])
                #expect(zeros.allSatisfy { coarse[(y * 4 + x) * 32 + $0] == 0 })
            }
        }
    }

    @Test(
        arguments: [
            ("end_silu", 8, .end), ("both_sides_silu", 8, .bothSides), ("resnet20_silu", 20, .end),
            ("resnet20_relu", 20, .bothSides),
        ] as [(String, Int, ResNetCifar.ShortcutPadding)])
    func agreesWithPyTorch(name: String, depth: Int, padding: ResNetCifar.ShortcutPadding) throws {
        let backbone = ResNetCifar(depth: depth, shortcutPadding: padding, style: fixtureStyle(name))
        try check(backbone, against: name, in: "resnet_cifar")
    }

    @Test func isBuiltFromAConfiguration() throws {
        let registry = try Registry(plugins: [LayersPlugin(), BackbonesPlugin()])
        let backbone = try registry.build(
            .backbone,
            from: ["type": "resnet_cifar", "depth": 32, "shortcut_padding": "both_sides", "activation": "mish"])
        #expect(backbone.parameterCount.trainable == 464_154 - 650)
        #expect {
            try registry.build(.backbone, from: ["type": "resnet_cifar", "depth": 21])
        } throws: {
            "\($0)" == "depth: must be 6n + 2, such as 20, 32, 44, 56 or 110, not 21"
        }
        #expect {
            try registry.build(.backbone, from: ["type": "resnet_cifar", "activation": "rely"])
        } throws: {
            "\($0)".hasPrefix("activation: unknown activation 'rely'; did you mean 'relu'?")
        }
    }
}
