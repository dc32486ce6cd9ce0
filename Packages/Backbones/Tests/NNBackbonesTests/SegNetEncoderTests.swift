import NNBackbones
import NNLayers
@_spi(Testing) import NNTesting
import Testing

@Suite struct SegNetEncoderTests {
    @Test func hasThePublishedNumberOfParameters() {
        // What the decoders have of 4,473,398 and 29,441,419 is counted with them.
        #expect(SegNetEncoder().parameterCount.trainable == 3_682_272)
        let full = SegNetEncoder(width: 64, convolutionCounts: [2, 2, 3, 3, 3], bottleneckCount: 0)
        #expect(full.parameterCount.trainable == 14_718_912)
    }

    @Test func declaresIndicesWithEveryMapButTheLast() {
        let features = SegNetEncoder().features
        #expect(features.map(\.stride) == [1, 2, 4, 8, 16])
        #expect(features.map(\.channels) == [32, 64, 128, 256, 256])
        #expect(features.map(\.hasPoolingIndices) == [true, true, true, true, false])
        let full = SegNetEncoder(width: 64, convolutionCounts: [2, 2, 3, 3, 3], bottleneckCount: 0).features
        #expect(full.map(\.stride) == [1, 2, 4, 8, 16, 32])
        #expect(full.map(\.channels) == [64, 128, 256, 512, 512, 512])
    }

    @Test(arguments: [true, false])
    func conforms(ceilMode: Bool) throws {
        for bottleneck in [0, 2] {
            try checkBackbone(
                SegNetEncoder(
                    width: 3, convolutionCounts: [2, 1, 1, 1, 1], bottleneckCount: bottleneck, ceilMode: ceilMode))
        }
    }

    /// The last pooled map, put back by the indices, has each maximum where it was.
    @Test(arguments: [true, false])
    func unpoolingRestoresOddSizes(ceilMode: Bool) throws {
        let encoder = SegNetEncoder(
            width: 3, convolutionCounts: [1, 1, 1], bottleneckCount: 0, ceilMode: ceilMode,
            style: ConvolutionStyle(activation: .tanh))
        encoder.fillWithHashedValues()
        for size in [Size(height: 21, width: 35), Size(height: 9, width: 8), Size(height: 13, width: 31)] {
            let images = Tensor.uniform([2, size.height, size.width, 3], in: -1..<1, key: RandomKey(seed: 2))
            let features = withoutGradients { encoder(images, .inference()) }
            let (last, pooled) = (features[2], features[3].map)
            let indices = try #require(last.poolingIndices)
            let restored = pooled.maxUnpooled(
                indices: indices, outputSize: Size(height: last.map.shape[1], width: last.map.shape[2]))
            #expect(restored.shape == last.map.shape)
            var kept = 0
            for (value, original) in zip(restored.floats, last.map.floats) where value != 0 {
                #expect(value == original)
                kept += 1
            }
            #expect(kept == pooled.elementCount)
        }
    }

    @Test func takesImagesOfOnePixel() {
        let encoder = SegNetEncoder(width: 2)
        encoder.fillWithHashedValues()
        let features = withoutGradients { encoder(.ones([1, 1, 1, 3]), .inference()) }
        #expect(features.allSatisfy { $0.map.shape[1] == 1 && $0.map.shape[2] == 1 })
    }

    @Test func agreesWithPyTorch() throws {
        let encoder = SegNetEncoder(width: 4, convolutionCounts: [2, 1, 2], bottleneckCount: 2)
        try fixture("segnet", in: "vgg").check(encoder) { inputs, context in
            let features = encoder(inputs[0], context)
            return features.map(\.map) + features.compactMap(\.poolingIndices)
        }
    }

    @Test func isBuiltFromAConfiguration() throws {
        let registry = try Registry(plugins: [LayersPlugin(), BackbonesPlugin()])
        let usual = try registry.build(.backbone, from: ["type": "vgg_segnet", "conv_bias": true])
        #expect(usual.parameterCount.trainable == 3_682_272 + 2_112)
        let full = try registry.build(
            .backbone, from: ["type": "vgg_segnet", "width": 64, "convolutions": [2, 2, 3, 3, 3], "bottleneck": 0])
        #expect(full.parameterCount.trainable == 14_718_912)
    }

    @Test(
        arguments: [
            (["type": "vgg_segnet", "width": 0], "width: must be from 1 to 4096, not 0"),
            (["type": "vgg_segnet", "convolutions": []], "convolutions: must have from 1 to 8 stages, not 0"),
            (["type": "vgg_segnet", "convolutions": [2, 0]], "convolutions.1: must be from 1 to 64, not 0"),
            (["type": "vgg_segnet", "bottleneck": -1], "bottleneck: must be from 0 to 64, not -1"),
        ] as [(ConfigNode, String)])
    func refusesOptions(options: ConfigNode, message: String) throws {
        let registry = try Registry(plugins: [LayersPlugin(), BackbonesPlugin()])
        #expect { try registry.build(.backbone, from: options) } throws: { "\($0)" == message }
    }
}
