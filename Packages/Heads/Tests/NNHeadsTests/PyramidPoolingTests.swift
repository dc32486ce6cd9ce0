import NNHeads
import NNLayers
import NNTesting
import Testing

/// PSPNet and UPerNet.
@Suite struct PyramidPoolingTests {
    @Test(arguments: MadeFeatures.all)
    func conformOnAnyFeatures(features: [FeatureInfo]) throws {
        try checkHead(try head(["type": "pspnet", "width": 5], features), features: features, classCount: 3)
        try checkHead(try head(["type": "upernet", "width": 5], features), features: features, classCount: 3)
    }

    @Test func conformWithOptions() throws {
        let pspNet: ConfigNode = [
            "type": "pspnet", "stride": 8, "bins": [2, 5], "interpolation": "bilinear_align_corners",
        ]
        try checkHead(try head(pspNet), features: MadeFeatures.pyramid, classCount: 3)
        let upperNet: ConfigNode = ["type": "upernet", "strides": [16, 8], "width": 5, "interpolation": "nearest"]
        try checkHead(try head(upperNet), features: MadeFeatures.pyramid, classCount: 3)
    }

    @Test func theBranchesOfPSPNetHaveAQuarterOfTheChannels() throws {
        let head = try head("pspnet", FCNTests.resNet50, classCount: 150)
        let branches = 4 * (2048 * 512 + 2 * 512)
        #expect(head.parameterCount.trainable == branches + 4096 * 512 * 9 + 2 * 512 + 512 * 150 + 150)
    }

    @Test func namesAreThoseOfMMSegmentation() throws {
        let names = ModuleTree(try head(["type": "upernet", "width": 5])).parameters.map(\.name)
        for name in [
            "psp_modules.3.1.conv.weight", "bottleneck.bn.weight", "lateral_convs.2.conv.weight",
            "fpn_convs.0.bn.bias", "fpn_bottleneck.conv.weight", "conv_seg.weight",
        ] {
            #expect(names.contains(name), "\(name)")
        }
    }

    @Test func nameBothSidesWhereAFeatureIsMissing() {
        #expect(
            refusal(of: ["type": "upernet", "strides": [4, 64]], backboneName: "resnet")
                == "type: head 'upernet' needs features at strides 4, 64; backbone 'resnet' offers strides 4, 8, 16, 32"
        )
        #expect(refusal(of: "pspnet", []) == "type: head 'pspnet' needs a feature; the backbone offers none")
        #expect(refusal(of: ["type": "pspnet", "bins": [0]]) == "bins: must be positive, not 0")
    }
}
