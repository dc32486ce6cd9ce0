import NNLayers
import Testing

/// Files of Keras, each by its table, with the names of several versions.
@Suite struct KerasLayoutTests {
    private static let resnet: ConfigNode = [
        "type": "resnet", "depth": 50, "conv_bias": true, "strides_first": true,
        "normalization": ["type": "batch_norm", "epsilon": 1.001e-5],
    ]

    static let cases = [
        LayoutCase(file: "keras_resnet50", map: "keras_resnet", backbone: resnet),
        LayoutCase(file: "keras_resnet50_first", map: "keras_resnet", backbone: resnet),
        LayoutCase(
            file: "keras_densenet121", map: "keras_densenet",
            backbone: ["type": "densenet", "normalization": ["type": "batch_norm", "epsilon": 1.001e-5]]),
        LayoutCase(file: "keras_mobilenet", map: "keras_mobilenet_v1", backbone: mobileNet(version: 1)),
        LayoutCase(file: "keras_mobilenet_v2", map: "keras_mobilenet_v2", backbone: mobileNet(version: 2)),
        LayoutCase(
            file: "keras_xception", map: "keras_xception",
            backbone: [
                "type": "xception", "strided_padding": "tensorflow",
                "normalization": ["type": "batch_norm", "epsilon": 0.001],
            ]),
        LayoutCase(
            file: "keras_inception_resnet_v2", map: "keras_inception_resnet_v2",
            backbone: [
                "type": "inception_resnet_v2",
                "normalization": ["type": "batch_norm", "epsilon": 0.001, "scale": false],
            ]),
        LayoutCase(
            file: "keras_vgg16", map: "keras_vgg16", backbone: ["type": "vgg", "depth": 16], leftOut: "predictions/"),
        LayoutCase(
            file: "keras_vgg19", map: "keras_vgg19", backbone: ["type": "vgg", "depth": 19], leftOut: "predictions/"),
    ]

    private static func mobileNet(version: Int) -> ConfigNode {
        [
            "type": "mobilenet", "version": ConfigNode(.integer(version)), "width": 0.5,
            "strided_padding": "tensorflow", "normalization": ["type": "batch_norm", "epsilon": 0.001],
        ]
    }

    @Test(arguments: cases)
    func calculatesWhatItsOriginDoes(of layout: LayoutCase) throws { try layout.check() }

    @Test(arguments: cases)
    func findsTheTable(of layout: LayoutCase) throws { try layout.checkDetection() }
}
