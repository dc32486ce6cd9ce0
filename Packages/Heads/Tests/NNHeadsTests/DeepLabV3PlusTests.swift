import NNHeads
import NNLayers
import NNTesting
import Testing

@Suite struct DeepLabV3PlusTests {
    @Test func conforms() throws {
        let separable: ConfigNode = ["type": "deeplabv3plus", "width": 6, "low_level_width": 3]
        for features in [MadeFeatures.pyramid, MadeFeatures.dilated] {
            try checkHead(try head(separable, features), features: features, classCount: 3)
        }
        let plain: ConfigNode = [
            "type": "deeplabv3plus", "stride": 16, "low_level_stride": 8, "width": 5, "rates": [2], "separable": false,
            "image_pooling": false, "projection_kernel": 3, "interpolation": "bilinear_align_corners",
        ]
        try checkHead(try head(plain), features: MadeFeatures.pyramid, classCount: 3)
    }

    @Test func namesAreThoseOfMMSegmentation() throws {
        let names = ModuleTree(try head("deeplabv3plus")).parameters.map(\.name)
        #expect(names.first == "image_pool.1.conv.weight")
        for name in [
            "aspp_modules.0.conv.weight", "aspp_modules.3.depthwise_conv.bn.bias",
            "aspp_modules.1.pointwise_conv.conv.weight", "bottleneck.conv.weight", "c1_bottleneck.bn.weight",
            "sep_bottleneck.1.depthwise_conv.conv.weight", "conv_seg.bias",
        ] {
            #expect(names.contains(name), "\(name)")
        }
    }

    @Test func namesBothSidesWhereAFeatureIsMissing() {
        #expect(
            refusal(of: "deeplabv3plus", MadeFeatures.small, backboneName: "resnet_cifar")
                == "type: head 'deeplabv3plus' needs a feature at stride 4 and a coarser one; backbone 'resnet_cifar' "
                + "offers strides 1, 2, 4")
        #expect(
            refusal(of: ["type": "deeplabv3plus", "stride": 64])
                == "type: head 'deeplabv3plus' needs a feature at stride 64; the backbone offers strides 4, 8, 16, 32")
    }
}
