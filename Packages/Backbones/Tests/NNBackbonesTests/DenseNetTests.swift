import NNBackbones
import NNLayers
import NNTesting
import Testing

@Suite struct DenseNetTests {
    private let small = DenseNet.Layout(growth: 8, layerCounts: [2, 3, 3, 2], stemChannels: 24)

    // The counts of torchvision's documentation.
    @Test(arguments: [(121, 7_978_856), (161, 28_681_000), (169, 14_149_480), (201, 20_013_928)])
    func hasThePublishedNumberOfParameters(depth: Int, count: Int) throws {
        #expect(try imageNetClassifier(DenseNet(depth: depth)).parameterCount.trainable == count)
    }

    @Test func conforms() throws {
        try checkBackbone(DenseNet(layout: small))
        try checkBackbone(DenseNet(layout: small, outputStride: 8, style: ConvolutionStyle(activation: .silu)))
    }

    @Test func dropoutDropsInTrainingOnly() {
        let backbone = DenseNet(layout: small, dropout: 0.5)
        backbone.initialize(key: RandomKey(seed: 0))
        let images = Tensor.uniform([2, 32, 32, 3], in: -1..<1, key: RandomKey(seed: 0))
        func result(training: Bool, seed: UInt64) -> [Float] {
            let context = Context(training: training, random: RandomKey(seed: seed))
            return withoutGradients { backbone(images, context) }[0].map.floats
        }
        #expect(result(training: true, seed: 1) != result(training: true, seed: 2))
        #expect(result(training: false, seed: 1) == result(training: false, seed: 2))
    }

    @Test(arguments: [("silu", 32), ("relu", 32), ("stride8_silu", 8)])
    func agreesWithTorchvision(name: String, stride: Int) throws {
        try check(
            DenseNet(layout: small, outputStride: stride, style: fixtureStyle(name)), against: name, in: "densenet")
    }

    @Test func isBuiltFromAConfiguration() throws {
        let backbone = try backboneRegistry().build(
            .backbone, from: ["type": "densenet", "depth": 169, "output_stride": 16])
        #expect(backbone.features.map(\.channels) == [256, 512, 1280, 1664])
        #expect(backbone.features.map(\.stride) == [4, 8, 16, 16])
        try expectRefusal(["type": "densenet", "depth": 122], "depth: must be 121, 161, 169 or 201, not 122")
        try expectRefusal(["type": "densenet", "dropout": 1], "dropout: must be 0 or more and below 1, not 1.0")
        try expectRefusal(["type": "densenet", "output_stride": 4], "output_stride: must be 8, 16 or 32, not 4")
    }
}
