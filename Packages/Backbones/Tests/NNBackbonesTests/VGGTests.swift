import NNBackbones
import NNLayers
@_spi(Testing) import NNTesting
import Testing

@Suite struct VGGTests {
    // torchvision's counts, without the classifier; with batch norm, scales and offsets come on top.
    @Test(arguments: [
        (11, 9_220_480, 5_504), (13, 9_404_992, 5_888), (16, 14_714_688, 8_448), (19, 20_024_384, 11_008),
    ])
    func hasThePublishedNumberOfParameters(depth: Int, parameters: Int, normalization: Int) {
        #expect(VGG(depth: depth).parameterCount == ParameterCount(trainable: parameters))
        let normalized = VGG(depth: depth, style: ConvolutionStyle(hasBias: true))
        #expect(
            normalized.parameterCount
                == ParameterCount(trainable: parameters + normalization, statistics: normalization))
    }

    @Test func namesAreThoseOfTorchvision() {
        let plain = ModuleTree(VGG(depth: 16)).parameters.map(\.name)
        #expect(plain.count == 26)
        #expect(plain.prefix(4) == ["features.0.weight", "features.0.bias", "features.2.weight", "features.2.bias"])
        #expect(plain.last == "features.28.bias")
        let normalized = ModuleTree(VGG(depth: 11, style: ConvolutionStyle(hasBias: true))).parameters.map(\.name)
        #expect(
            normalized.prefix(6) == [
                "features.0.weight", "features.0.bias", "features.1.weight", "features.1.bias", "features.4.weight",
                "features.4.bias",
            ])
        #expect(normalized.last == "features.26.bias")
    }

    @Test func featuresAreThoseBeforeThePools() {
        let features = VGG(depth: 19).features
        #expect(features.map(\.stride) == [1, 2, 4, 8, 16, 32])
        #expect(features.map(\.channels) == [64, 128, 256, 512, 512, 512])
    }

    @Test func conforms() throws {
        try checkBackbone(VGG(convolutionCounts: [1, 1, 2, 2, 2], widths: [4, 6, 8, 10, 10]))
        try checkBackbone(
            VGG(
                convolutionCounts: [2, 1, 1, 1, 1], widths: [4, 6, 8, 10, 10],
                style: ConvolutionStyle(activation: .mish)))
    }

    @Test func agreesWithPyTorch() throws {
        let plain = VGG(convolutionCounts: [1, 2, 2], widths: [4, 5, 6])
        try fixture("plain", in: "vgg").check(plain) { plain($0[0], $1).map(\.map) }
        let normalized = VGG(
            convolutionCounts: [2, 1, 2], widths: [4, 5, 6], style: ConvolutionStyle(hasBias: true))
        try fixture("batch_norm", in: "vgg").check(normalized) { normalized($0[0], $1).map(\.map) }
    }

    @Test func isBuiltFromAConfiguration() throws {
        let registry = try Registry(plugins: [LayersPlugin(), BackbonesPlugin()])
        let plain = try registry.build(.backbone, from: ["type": "vgg"])
        #expect(plain.parameterCount == ParameterCount(trainable: 14_714_688))
        let normalized = try registry.build(
            .backbone, from: ["type": "vgg", "depth": 11, "normalization": "batch_norm", "conv_bias": false])
        #expect(normalized.parameterCount == ParameterCount(trainable: 9_220_480 + 5_504 / 2, statistics: 5_504))
        #expect {
            try registry.build(.backbone, from: ["type": "vgg", "depth": 12])
        } throws: {
            "\($0)" == "depth: must be 11, 13, 16 or 19, not 12"
        }
    }
}
