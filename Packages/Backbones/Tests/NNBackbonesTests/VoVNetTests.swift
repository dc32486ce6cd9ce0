import NNBackbones
import NNHeads
import NNLayers
@_spi(Testing) import NNTesting
import Testing

@Suite struct VoVNetTests {
    private let narrow = VoVNet.Layout(
        stem: [4, 4, 6],
        stages: [
            .init(moduleCount: 1, width: 4, channels: 8), .init(moduleCount: 2, width: 5, channels: 10),
            .init(moduleCount: 3, width: 6, channels: 12), .init(moduleCount: 1, width: 7, channels: 14),
        ], convolutionCount: 3)

    private func network(_ backbone: VoVNet, classCount: Int) -> Network {
        Network(backbone: backbone, head: Classifier(features: backbone.features, classes: classCount))
    }

    private func attention(_ channels: Int) -> any Layer { EffectiveSqueezeExcitation(channels: channels) }

    @Test(arguments: [(999, 31_429_159), (1000, 31_430_184)])
    func theClassifierHasThePublishedNumberOfParameters(classCount: Int, parameters: Int) throws {
        let network = network(VoVNet(depth: 57), classCount: classCount)
        #expect(network.parameterCount == ParameterCount(trainable: parameters, statistics: 31_616))
        #expect(network.backbone.features.map(\.channels) == [256, 512, 768, 1024])
    }

    @Test func multiplicationsAreCounted() throws {
        let trace = Trace()
        let images = trace.input(TensorSpecification(shape: [1, 224, 224, 3]))
        let network = network(VoVNet(depth: 57), classCount: 1000)
        #expect(network(images, .inference()).shape == [1, 1000])
        try trace.check()
        let count = trace.steps.reduce(0) { $0 + $1.multiplyAccumulates }
        #expect((8_845_000_000..<8_855_000_000).contains(count), "\(count)")
    }

    // timm's counts, without the classifier.
    @Test(arguments: [
        (19, true, 2_653_136), (19, false, 10_180_416), (39, false, 23_543_936), (57, false, 37_583_936),
        (99, false, 62_174_272),
    ])
    func theSecondVersionHasTimmsNumberOfParameters(depth: Int, slim: Bool, parameters: Int) throws {
        let backbone = VoVNet(
            depth: depth, isSlim: slim, stemStride: 4, padsPools: false, concatenatesInput: true,
            isResidual: true, attention: attention)
        #expect(backbone.parameterCount.trainable == parameters)
    }

    @Test(arguments: [(27, true, 3_012_736), (39, false, 21_575_296), (57, false, 35_615_296)])
    func theFirstVersionHasTimmsNumberOfParameters(depth: Int, slim: Bool, parameters: Int) throws {
        let backbone = VoVNet(depth: depth, isSlim: slim, concatenatesInput: true)
        #expect(backbone.parameterCount.trainable == parameters)
    }

    @Test func namesAreThoseOfTimm() {
        let backbone = VoVNet(layout: narrow, attention: attention)
        let names = ModuleTree(backbone).parameters.map(\.name)
        #expect(names.first == "stem.0.conv.weight")
        #expect(
            Set(names).isSuperset(of: [
                "stem.2.bn.bias", "stages.1.blocks.1.conv_mid.2.conv.weight", "stages.2.blocks.0.conv_concat.bn.weight",
                "stages.2.blocks.2.attn.fc.weight", "stages.3.blocks.0.attn.fc.bias",
            ]))
        #expect(!names.contains("stages.2.blocks.0.attn.fc.weight"))
    }

    @Test func conforms() throws { try checkBackbone(VoVNet(layout: narrow)) }

    @Test(arguments: [8, 16, 32])
    func theSecondVersionConforms(outputStride: Int) throws {
        try checkBackbone(
            VoVNet(
                layout: narrow, stemStride: 4, padsPools: false, concatenatesInput: true, isResidual: true,
                attention: attention, outputStride: outputStride,
                style: ConvolutionStyle(activation: .silu)))
    }

    /// Results are held against timm in the tests of the weights.
    @Test func separableConvolutionsConform() throws {
        try checkBackbone(
            VoVNet(layout: narrow, stemStride: 4, isResidual: true, isSeparable: true, outputStride: 16))
    }

    @Test func agreesWithPyTorch() throws {
        var layout = narrow
        layout.stages = [narrow.stages[0], narrow.stages[1], .init(moduleCount: 1, width: 6, channels: 12)]
        let backbone = VoVNet(layout: layout)
        try fixture("plain", in: "vovnet").check(backbone) { backbone($0[0], $1).map(\.map) }
    }

    @Test func theSecondVersionAgreesWithTimm() throws {
        let backbone = VoVNet(
            layout: narrow, stemStride: 4, padsPools: false, concatenatesInput: true, isResidual: true,
            attention: attention, style: ConvolutionStyle(activation: .relu))
        try fixture("timm", in: "vovnet").check(backbone) { backbone($0[0], $1).map(\.map) }
    }

    /// With dilation in place of strides the same values are calculated, with others between them.
    @Test(arguments: [8, 16], [true, false])
    func aSmallerOutputStrideAddsPixels(outputStride: Int, padsPools: Bool) throws {
        let (coarse, dense) = (
            VoVNet(layout: narrow, padsPools: padsPools),
            VoVNet(layout: narrow, padsPools: padsPools, outputStride: outputStride)
        )
        for backbone in [coarse, dense] { backbone.fillWithHashedValues() }
        #expect(dense.features.map(\.stride) == [4, 8, 16, 32].map { min($0, outputStride) })
        let images = Tensor.uniform([1, 77, 102, 3], in: -1..<1, key: RandomKey(seed: 1))
        let (found, expected) = withoutGradients { (dense(images, .inference()), coarse(images, .inference())) }
        for (position, stride) in [4, 8, 16, 32].enumerated() {
            let map = found[position].map
            let step = max(stride / outputStride, 1)
            // A window without padding looks one pixel further.
            let first = padsPools ? 0 : step - 1
            let subset = map.slice(axis: 1, range: first..<map.shape[1], step: step)
                .slice(axis: 2, range: first..<map.shape[2], step: step)
            try checkClose(subset, expected[position].map, relative: 1e-3, absolute: 1e-4, "stride \(stride)")
        }
    }

    @Test func isBuiltFromAConfiguration() throws {
        let registry = try Registry(plugins: [LayersPlugin(), BackbonesPlugin()])
        let small = try registry.build(
            .backbone,
            from: [
                "type": "vovnet", "depth": 19, "slim": true, "stem_stride": 4, "pads_pools": false,
                "concatenates_input": true, "residual": true, "attention": "ese", "output_stride": 16,
                "activation": "relu",
            ])
        #expect(small.parameterCount.trainable == 2_653_136)
        #expect(small.features.map(\.stride) == [4, 8, 16, 16])
        // timm's ese_vovnet19b_dw.
        let separable = try registry.build(
            .backbone,
            from: [
                "type": "vovnet", "depth": 19, "separable": true, "stem_stride": 4, "concatenates_input": true,
                "attention": "ese",
            ])
        #expect(separable.parameterCount.trainable == 5_518_080)
        let usual = try registry.build(.backbone, from: ["type": "vovnet"])
        #expect(usual.parameterCount.trainable == 31_430_184 - 1_025_000)
        let biased = try registry.build(.backbone, from: ["type": "vovnet", "conv_bias": true])
        #expect(biased.parameterCount.trainable == 31_430_184 - 1_025_000 + 31_616 / 2)
    }

    @Test(
        arguments: [
            (["depth": 27], "depth: must be 19, 39, 57 or 99 for a network that is not slim, not 27"),
            (["slim": true], "depth: must be 19 or 27 for a slim network, not 57"),
            (["stem_stride": 3], "stem_stride: must be 2 or 4, not 3"),
            (["output_stride": 4], "output_stride: must be 8, 16 or 32, not 4"),
            (["attention": "esee"], "attention: unknown attention 'esee'; did you mean 'ese'?"),
        ] as [(ConfigNode, String)])
    func refusesOptions(options: ConfigNode, message: String) throws {
        let registry = try Registry(plugins: [LayersPlugin(), BackbonesPlugin()])
        var node = options
        node.content = .mapping([ConfigEntry(key: "type", value: "vovnet")] + (options.entries ?? []))
        #expect { try registry.build(.backbone, from: node) } throws: { "\($0)".hasPrefix(message) }
    }
}
