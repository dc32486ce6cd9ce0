import NNBackbones
import NNLayers
import NNTesting
import Testing

@Suite struct XceptionTests {
    @Test func hasThePublishedNumberOfParameters() throws {
        let count = try imageNetClassifier(Xception()).parameterCount
        #expect(count.trainable == 22_855_952)
        #expect(count.trainable + count.statistics == 22_910_480)
    }

    @Test(arguments: [(EdgePadding.valid, 3), (.same, 0)])
    func conforms(padding: EdgePadding, border: Int) throws {
        try checkBackbone(Xception(middleBlockCount: 1, padding: padding), border: border)
    }

    @Test func conformsWithThePaddingOfTensorFlow() throws {
        try checkBackbone(
            Xception(middleBlockCount: 0, padding: .same, stridedPadding: .tensorflow, outputStride: 16))
    }

    @Test func conformsWithAnotherStyle() throws {
        let style = ConvolutionStyle(normalization: { LayerNorm(channels: $0) }, activation: { ActivationLayer(.mish) })
        try checkBackbone(Xception(middleBlockCount: 0, padding: .same, outputStride: 16, style: style))
    }

    @Test func featuresHaveTheSizesOfTheArticle() throws {
        let trace = Trace()
        let images = trace.input(TensorSpecification(shape: [1, 299, 299, 3]))
        let features = Xception()(images, .inference())
        try trace.check()
        let expected: [Shape] = [
            [1, 147, 147, 64], [1, 74, 74, 128], [1, 37, 37, 256], [1, 19, 19, 728], [1, 10, 10, 2048],
        ]
        #expect(features.map(\.map.shape) == expected)
    }

    @Test func namesAreThoseOfThePyTorchWeights() {
        let names = Set(ModuleTree(Xception()).parameters.map(\.name))
        #expect(
            names.isSuperset(of: [
                "conv1.weight", "bn2.bias", "block1.rep.0.conv1.weight", "block1.rep.3.pointwise.weight",
                "block2.rep.1.conv1.weight", "block4.rep.8.weight", "block12.skipbn.weight", "conv4.pointwise.weight",
                "bn4.bias",
            ]))
        #expect(!names.contains("block4.skip.weight"))
        #expect(names.count == 154)
    }

    @Test(arguments: ["silu", "relu"])
    func agreesWithPyTorch(name: String) throws {
        try check(Xception(middleBlockCount: 1, style: fixtureStyle(name)), against: name, in: "xception")
    }

    @Test(arguments: [8, 16], [EdgePadding.valid, .same])
    func anOutputStrideDilates(stride: Int, padding: EdgePadding) throws {
        try checkDilation(
            Xception(middleBlockCount: 1, padding: padding, outputStride: stride),
            sees: Xception(middleBlockCount: 1, padding: padding), imageSize: Size(height: 71, width: 98))
    }

    @Test func isBuiltFromAConfiguration() throws {
        let backbone = try backboneRegistry().build(
            .backbone, from: ["type": "xception", "padding": "same", "output_stride": 16, "activation": "mish"])
        #expect(backbone.features.map(\.stride) == [2, 4, 8, 16, 16])
        try expectRefusal(
            ["type": "xception", "output_stride": 4], "output_stride: must be 8, 16 or 32, not 4")
        try expectRefusal(["type": "xception", "padding": "sane"], "padding:")
        try expectRefusal(["type": "xception", "initializer": "he_norm"], "initializer: unknown initializer 'he_norm'")
    }
}
