import NNHeads
import NNLayers
import NNTesting
import Testing

@Suite struct FCNTests {
    static let resNet50 = zip([256, 512, 1024, 2048], [4, 8, 16, 32]).map { FeatureInfo(channels: $0, stride: $1) }

    @Test func hasThePublishedNumberOfParameters() throws {
        // torchvision's fcn_resnet50 has 35,322,218 parameters, of which the ResNet-50 has 23,508,032.
        let main = try head("fcn", Self.resNet50, classCount: 21).parameterCount.trainable
        let auxiliary = try head(["type": "fcn", "stride": 16], Self.resNet50, classCount: 21).parameterCount.trainable
        #expect(main + auxiliary == 35_322_218 - 23_508_032)
    }

    @Test(arguments: MadeFeatures.all)
    func conformsOnAnyFeatures(features: [FeatureInfo]) throws {
        let config: ConfigNode = ["type": "fcn", "width": 5]
        try checkHead(try head(config, features), features: features, classCount: 3)
    }

    @Test func conformsWithOptions() throws {
        let skips: ConfigNode = ["type": "fcn", "convolutions": 0, "skip_strides": [16, 8]]
        try checkHead(try head(skips), features: MadeFeatures.pyramid, classCount: 3)
        let joining: ConfigNode = [
            "type": "fcn", "stride": 16, "convolutions": 2, "width": 5, "dilation": 2, "concatenates_input": true,
            "interpolation": "nearest",
        ]
        try checkHead(try head(joining), features: MadeFeatures.pyramid, classCount: 3)
    }

    @Test func takesTheDeepestFeatureOfAStrideOrTheOneOfAnIndex() throws {
        // Channels 4, 6, 8, 10 at strides 4, 8, 8, 8.
        let deepest = try head(["type": "fcn", "stride": 8, "width": 2], MadeFeatures.dilated)
        #expect(ModuleTree(deepest).parameters.first?.parameter.shape == [2, 10, 3, 3])
        let middle = try head(["type": "fcn", "feature": 2, "width": 2], MadeFeatures.dilated)
        #expect(ModuleTree(middle).parameters.first?.parameter.shape == [2, 8, 3, 3])
    }

    @Test func namesBothSidesWhereAFeatureIsMissing() {
        #expect(
            refusal(of: ["type": "fcn", "stride": 16], MadeFeatures.small, backboneName: "resnet_cifar")
                == "type: head 'fcn' needs a feature at stride 16; backbone 'resnet_cifar' offers strides 1, 2, 4")
        #expect(
            refusal(of: ["type": "fcn", "skip_strides": [2]], [FeatureInfo(channels: 4, stride: 8)])
                == "type: head 'fcn' needs a feature at stride 2 for its option 'skip_strides'; "
                + "the backbone offers stride 8")
        #expect(
            refusal(of: ["type": "fcn", "feature": 4], backboneName: "resnet")
                == "type: head 'fcn' needs a feature 4; backbone 'resnet' offers features 0 to 3")
        #expect(
            refusal(of: ["type": "fcn", "feature": 1, "stride": 8])
                == "feature: cannot be combined with stride; give one of them")
        #expect(refusal(of: ["type": "fcn", "kernel": 4]) == "kernel: must be odd and positive, not 4")
    }
}
