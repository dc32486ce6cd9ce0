import NNBackbones
import NNHeads
import NNLayers
@_spi(Testing) import NNTesting
import Testing

/// Where backbones place an attention.
@Suite struct AttentionTests {
    /// An attention without parameters, which multiplies by the same number everywhere.
    private final class Scale: Layer {
        let factor: Float

        init(_ factor: Float) { self.factor = factor }

        func forward(_ input: Tensor, context: Context) -> Tensor { input * factor }
    }

    private func resNet(isBottleneck: Bool, attention: (_ channels: Int) -> (any Layer)? = { _ in nil }) -> ResNet {
        ResNet(
            layout: .init(blockCounts: [1, 2, 1, 1], isBottleneck: isBottleneck, widths: [8, 12, 16, 20]),
            attention: attention, style: ConvolutionStyle(activation: .silu))
    }

    /// Expects that a backbone whose attentions halve has the features of a plain one in which some parameters are
    /// halved.
    private func expectHalving(
        _ attended: any Backbone, equals plain: any Backbone, where isHalved: (_ name: String) -> Bool
    ) throws {
        plain.fillWithHashedValues()
        try attended.load(plain.stateDictionary)
        let images = Tensor.uniform([2, 65, 40, 3], in: -1..<1, key: RandomKey(seed: 4))
        let whole = withoutGradients { plain(images, .inference()) }
        var count = 0
        for (name, parameter) in ModuleTree(plain).parameters where isHalved(name) {
            parameter.value = parameter.value * 0.5
            count += 1
        }
        #expect(count > 0)
        let (found, expected) = withoutGradients { (attended(images, .inference()), plain(images, .inference())) }
        for (found, expected) in zip(found, expected) {
            try checkClose(found.map, expected.map, relative: 1e-4, absolute: 1e-4)
        }
        #expect(whole.last?.map.floats != expected.last?.map.floats)
    }

    /// After the last normalization and before the addition: halving its result is halving its scale and offset.
    @Test(arguments: [false, true])
    func resNetAttendsToTheResidualBranch(isBottleneck: Bool) throws {
        let last = isBottleneck ? "bn3" : "bn2"
        try expectHalving(
            resNet(isBottleneck: isBottleneck) { _ in Scale(0.5) }, equals: resNet(isBottleneck: isBottleneck)
        ) { $0.hasPrefix("layer") && $0.contains("\(last).") }
    }

    /// After the activation of the depthwise convolution: halving its result is halving the weight of the projection.
    @Test func mobileNetAttendsToTheDepthwiseConvolution() throws {
        try expectHalving(MobileNetV2(width: 0.35, attention: { _ in Scale(0.5) }), equals: MobileNetV2(width: 0.35)) {
            $0.hasSuffix($0.hasPrefix("features.1.") ? ".conv.1.weight" : ".conv.2.weight")
        }
    }

    @Test(arguments: ["ese", "se", "eca", ["type": "cbam", "reduction": 2]] as [ConfigNode])
    func conforms(attention: ConfigNode) throws {
        let make = try backboneRegistry().build(.attention, from: attention, ConvolutionStyle())
        try checkBackbone(resNet(isBottleneck: false, attention: make))
        try checkBackbone(MobileNetV2(width: 0.35, attention: make))
        try checkBackbone(
            VoVNet(
                layout: .init(
                    stem: [4, 4, 6],
                    stages: [
                        .init(moduleCount: 2, width: 4, channels: 8), .init(moduleCount: 1, width: 5, channels: 10),
                    ],
                    convolutionCount: 2), isResidual: true, attention: make))
    }

    // Those of timm's legacy_seresnet50; its bottlenecks have channels / 16.
    @Test func seResNet50HasThePublishedNumberOfParameters() throws {
        let backbone = try backboneRegistry().build(.backbone, from: ["type": "resnet", "attention": "se"])
        #expect(try imageNetClassifier(backbone).parameterCount.trainable == 28_088_024)
        let names = Set(ModuleTree(backbone).parameters.map(\.name))
        #expect(
            names.isSuperset(of: [
                "layer1.0.se.fc1.weight", "layer1.0.se.fc2.bias", "layer4.2.se.fc1.bias", "layer4.2.bn3.weight",
            ]))
    }

    @Test func namesInOtherBackbones() throws {
        func names(_ node: ConfigNode) throws -> Set<String> {
            Set(ModuleTree(try backboneRegistry().build(.backbone, from: node)).parameters.map(\.name))
        }
        #expect(
            try names(["type": "resnet", "depth": 18, "attention": "eca"]).contains("layer2.1.se.conv.weight"))
        let mobile = try names(["type": "mobilenet", "attention": "se"])
        #expect(mobile.isSuperset(of: ["features.1.se.fc1.weight", "features.17.se.fc2.bias"]))
        let vovnet = try names(["type": "vovnet", "attention": ["type": "cbam", "kernel": 3]])
        #expect(vovnet.contains("stages.3.blocks.2.attn.spatial.conv.conv.weight"))
        #expect(!vovnet.contains("stages.3.blocks.0.attn.spatial.conv.conv.weight"))
    }

    /// As before attentions were components.
    @Test func theInitializerIsThatOfTheNetwork() throws {
        let backbone = try backboneRegistry().build(
            .backbone,
            from: [
                "type": "vovnet", "depth": 19, "slim": true, "attention": "ese",
                "initializer": ["type": "glorot_uniform"],
            ])
        let parameters = ModuleTree(backbone).parameters.filter { $0.name.hasSuffix("attn.fc.weight") }
        #expect(parameters.count == 4)
        #expect(parameters.allSatisfy { $0.parameter.initializer is GlorotUniform })
    }

    @Test func refusesAttentions() throws {
        try expectRefusal(
            ["type": "resnet", "attention": "sse"], "attention: unknown attention 'sse'; did you mean 'ese'?")
        try expectRefusal(
            ["type": "resnet", "attention": ["type": "se", "reduction": 0]],
            "attention.reduction: must be positive, not 0")
        try expectRefusal(
            ["type": "mobilenet", "version": 1, "attention": "se"], "attention: needs version: 2")
    }
}
