import NNBackbones
import NNLayers
import NNTesting
import Testing

@Suite struct InceptionResNetV2Tests {
    @Test func hasThePublishedNumberOfParameters() throws {
        // Those of timm.
        let count = try imageNetClassifier(InceptionResNetV2()).parameterCount
        #expect(count == ParameterCount(trainable: 55_843_464, statistics: 60_544))
        // The total that Keras gives, whose batch norms have no scale.
        let backbone = try backboneRegistry().build(
            .backbone,
            from: [
                "type": "inception_resnet_v2",
                "normalization": ["type": "batch_norm", "epsilon": 0.001, "scale": false],
            ])
        let unscaled = try imageNetClassifier(backbone).parameterCount
        #expect(unscaled.trainable + unscaled.statistics == 55_873_736)
    }

    @Test func conforms() throws {
        let style = ConvolutionStyle(
            normalization: { BatchNorm(channels: $0, hasScale: false) }, activation: { ActivationLayer(.silu) })
        try checkBackbone(
            InceptionResNetV2(blockCounts: [1, 1, 0], style: style), imageSizes: [Size(height: 81, width: 77)],
            border: 4)
    }

    @Test(arguments: [Size(64), Size(height: 65, width: 97), Size(height: 49, width: 78), Size(299)])
    func paddingDividesTheSizeByTheStride(size: Size) throws {
        let backbone = InceptionResNetV2(blockCounts: [1, 1, 1], padding: .same)
        let trace = Trace()
        let images = trace.input(TensorSpecification(shape: [2, size.height, size.width, 3]))
        let features = backbone(images, Context(training: true, precision: .bfloat16, random: RandomKey(seed: 0)))
        try trace.check()
        for (feature, info) in zip(features, backbone.features) {
            let (rows, columns) = (size.height + info.stride - 1, size.width + info.stride - 1)
            #expect(feature.map.shape == [2, rows / info.stride, columns / info.stride, info.channels])
        }
    }

    @Test func featuresHaveTheSizesOfTheArticle() throws {
        let trace = Trace()
        let images = trace.input(TensorSpecification(shape: [1, 299, 299, 3]))
        let features = InceptionResNetV2()(images, .inference())
        try trace.check()
        let expected: [Shape] = [
            [1, 147, 147, 64], [1, 71, 71, 192], [1, 35, 35, 320], [1, 17, 17, 1088], [1, 8, 8, 1536],
        ]
        #expect(features.map(\.map.shape) == expected)
    }

    @Test(arguments: ["silu", "relu"])
    func agreesWithTimm(name: String) throws {
        var style = fixtureStyle(name)
        style.normalization = InceptionResNetV2.defaultStyle.normalization
        let backbone = InceptionResNetV2(blockCounts: [1, 1, 1], style: style)
        // Through the 20 batch norms of its shortest form float32 loses up to 1.5e-4 (AVX2).
        try check(backbone, against: name, in: "inception_resnet_v2", tolerance: 5e-4)
    }

    @Test func namesAreThoseOfTimm() {
        let names = Set(ModuleTree(InceptionResNetV2()).parameters.map(\.name))
        #expect(
            names.isSuperset(of: [
                "conv2d_4a.bn.bias", "mixed_5b.branch3.1.conv.weight", "repeat.9.branch2.2.bn.weight",
                "repeat_1.19.conv2d.bias", "mixed_7a.branch2.2.conv.weight", "block8.branch1.2.conv.weight",
            ]))
        #expect(names.count == 694 - 2)
    }

    @Test func isBuiltFromAConfiguration() throws {
        let registry = try backboneRegistry()
        let backbone = try registry.build(
            .backbone, from: ["type": "inception_resnet_v2", "padding": "same", "activation": "mish"])
        let trace = Trace()
        let features = backbone(trace.input(TensorSpecification(shape: [1, 33, 64, 3])), .inference())
        try trace.check()
        #expect(features.last?.map.shape == [1, 2, 2, 1536])
        try expectRefusal(["type": "inception_resnet_v2", "padding": "none"], "padding:")
        try expectRefusal(["type": "inception_resnet_v2", "output_stride": 16], "output_stride: unknown key")
    }
}
