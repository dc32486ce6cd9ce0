import NNBackbones
import NNHeads
import NNLayers
import NNTesting
import Testing

@Suite struct ResNetTests {
    private func network(_ backbone: ResNet) -> Network {
        Network(backbone: backbone, head: Classifier(features: backbone.features, classes: 1000))
    }

    // The counts of torchvision's documentation.
    @Test(arguments: [(18, 11_689_512), (34, 21_797_672), (50, 25_557_032), (101, 44_549_160), (152, 60_192_808)])
    func hasThePublishedNumberOfParameters(depth: Int, count: Int) {
        #expect(network(ResNet(depth: depth)).parameterCount.trainable == count)
    }

    @Test func resNet50WithStatisticsAndBiases() {
        #expect(network(ResNet(depth: 50)).parameterCount.statistics == 53_120)
        // The count that Keras gives, statistics included.
        let count = network(ResNet(depth: 50, style: ConvolutionStyle(hasBias: true))).parameterCount
        #expect(count.parameters + count.statistics == 25_636_712)
    }

    @Test(arguments: [18, 50])
    func conforms(depth: Int) throws { try checkBackbone(ResNet(depth: depth)) }

    @Test func conformsWithBiasesAndAnotherActivation() throws {
        try checkBackbone(
            ResNet(depth: 18, zeroInitResidual: true, style: ConvolutionStyle(activation: .mish, hasBias: true)))
    }

    private func small(_ blocks: String, outputStride: Int = 32, style: ConvolutionStyle = ConvolutionStyle())
        -> ResNet
    {
        ResNet(
            layout: .init(blockCounts: [1, 2, 2, 2], isBottleneck: blocks == "bottleneck", widths: [16, 24, 32, 40]),
            outputStride: outputStride, style: style)
    }

    @Test func agreesWithTimm() throws {
        let name = "resnet18_silu"
        try check(ResNet(depth: 18, style: fixtureStyle(name)), against: name, in: "resnet")
    }

    @Test(arguments: ["basic", "bottleneck"], ["silu", "relu", "stride8_silu"])
    func smallNetworksAgreeWithTimm(blocks: String, style: String) throws {
        let backbone = small(blocks, outputStride: style.hasPrefix("stride8") ? 8 : 32, style: fixtureStyle(style))
        try check(backbone, against: "\(blocks)_\(style)", in: "resnet")
    }

    @Test(arguments: ["basic", "bottleneck"], [8, 16])
    func anOutputStrideDilates(name: String, stride: Int) throws {
        let dilated = small(name, outputStride: stride)
        #expect(dilated.features.map(\.stride) == [4, 8, stride, stride])
        try checkDilation(dilated, sees: small(name), imageSize: Size(height: 65, width: 94))
    }

    /// Where the first convolution of a bottleneck strides, as in Keras; results are held against Keras in the tests
    /// of the weights.
    @Test(arguments: [8, 16])
    func anOutputStrideDilatesWhatStridesFirst(stride: Int) throws {
        func backbone(_ outputStride: Int) -> ResNet {
            ResNet(
                layout: .init(blockCounts: [1, 2, 2, 2], isBottleneck: true, widths: [16, 24, 32, 40]),
                stridesFirst: true,
                outputStride: outputStride)
        }
        try checkDilation(backbone(stride), sees: backbone(32), imageSize: Size(height: 65, width: 94))
    }

    @Test func namesAreThoseOfTorchvision() {
        let names = Set(ModuleTree(ResNet(depth: 50)).parameters.map(\.name))
        #expect(names.count == 159)
        #expect(
            names.isSuperset(of: [
                "conv1.weight", "bn1.bias", "layer1.0.conv3.weight", "layer1.0.downsample.0.weight",
                "layer1.0.downsample.1.bias", "layer4.2.bn3.weight",
            ]))
        #expect(!names.contains("layer1.1.downsample.0.weight"))
        let buffers = Set(ModuleTree(ResNet(depth: 18)).buffers.map(\.name))
        #expect(buffers.isSuperset(of: ["bn1.running_mean", "layer2.0.downsample.1.num_batches_tracked"]))
        #expect(ModuleTree(ResNet(depth: 18)).parameters.contains { $0.name == "layer1.1.bn2.weight" })
    }

    @Test func zeroInitResidualZeroesTheLastScales() {
        for (depth, last) in [(18, "bn2.weight"), (50, "bn3.weight")] {
            let backbone = ResNet(depth: depth, zeroInitResidual: true)
            backbone.initialize(key: RandomKey(seed: 0))
            for (name, parameter) in ModuleTree(backbone).parameters where name.hasSuffix("weight") {
                let isZero = parameter.value.floats.allSatisfy { $0 == 0 }
                #expect(isZero == (name.hasSuffix(last) && name.hasPrefix("layer")), "\(name)")
            }
        }
    }

    @Test func zeroInitResidualNeedsAScale() throws {
        let withoutScale: ConfigNode = ["type": "batch_norm", "scale": false]
        for normalization in [withoutScale, "none"] {
            try expectRefusal(
                ["type": "resnet", "zero_init_residual": true, "normalization": normalization],
                "zero_init_residual: needs a normalization with a scale")
        }
    }

    @Test func isBuiltFromAConfiguration() throws {
        let registry = try Registry(plugins: [LayersPlugin(), BackbonesPlugin()])
        let backbone = try registry.build(.backbone, from: ["type": "resnet", "depth": 18, "conv_bias": true])
        #expect(backbone.parameterCount.trainable == 11_689_512 - 513_000 + 4_800)
        #expect {
            try registry.build(.backbone, from: ["type": "resnet", "depth": 19])
        } throws: {
            "\($0)" == "depth: must be 18, 34, 50, 101 or 152, not 19"
        }
        try expectRefusal(["type": "resnet", "output_stride": 12], "output_stride: must be 8, 16 or 32, not 12")
    }
}
