import NNHeads
import NNLayers
import NNTesting
import Testing

@Suite struct JPUTests {
    static let small: ConfigNode = [
        "type": "jpu", "width": 6, "dilations": [1, 2], "projection_width": 5, "low_level_width": 3, "fuse_width": 7,
    ]

    @Test func hasThePublishedNumberOfParameters() throws {
        let features = zip([256, 512, 768, 1024], [4, 8, 16, 32]).map { FeatureInfo(channels: $0, stride: $1) }
        // VoVNet57 without its classifier has 30,405,184 parameters, so the network 45,125,591.
        let head = try head("jpu", features, classCount: 151)
        #expect(head.parameterCount.trainable == 45_125_591 - 30_405_184)
    }

    @Test func conforms() throws {
        try checkHead(try head(Self.small), features: MadeFeatures.pyramid, classCount: 3)
        let two: ConfigNode = [
            "type": "jpu", "strides": [4, 2], "low_level_stride": 1, "width": 4, "dilations": [3],
            "projection_width": 5, "low_level_width": 3, "fuse_width": 7, "dropout": 0.1,
            "interpolation": "bilinear",
        ]
        try checkHead(try head(two, MadeFeatures.small), features: MadeFeatures.small, classCount: 3)
    }

    @Test func classesAreCalculatedBeforeTheLastEnlargement() throws {
        let head = try head(Self.small)
        head.initialize(key: RandomKey(seed: 0))
        let features = zip(MadeFeatures.pyramid, [8, 4, 2, 1]).map { info, length in
            Feature(.uniform([1, length, length, info.channels], in: 0..<1, key: RandomKey(seed: 1)))
        }
        let logits = withoutGradients { head(features, imageSize: 32, .inference()) }
        // Nearest pixels: each block of four by four is the same.
        let blocks = logits.slice(axis: 1, range: 0..<32, step: 4).slice(axis: 2, range: 0..<32, step: 4)
        #expect(blocks.resized(to: 32, method: .nearest).floats == logits.floats)
    }

    @Test func namesBothSidesWhereAFeatureIsMissing() {
        #expect(
            refusal(of: "jpu", MadeFeatures.small, backboneName: "resnet_cifar")
                == "type: head 'jpu' needs features at strides 4, 8, 16, 32; backbone 'resnet_cifar' offers strides 1, 2, 4"
        )
        #expect(refusal(of: ["type": "jpu", "dilations": []]) == "dilations: must have at least one element")
    }
}
