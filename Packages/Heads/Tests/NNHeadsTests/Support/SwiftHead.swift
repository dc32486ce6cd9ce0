import NNHeads
import NNLayers

/// A head as a configuration describes it, and as one call in Swift makes it.
struct SwiftHead: Sendable, CustomStringConvertible {
    let config: ConfigNode
    var backbone = MadeFeatures.pyramid
    var classes = 3
    let make: @Sendable (_ features: [FeatureInfo], _ classes: Int) -> any Head

    /// The name of the head in configurations.
    var name: String { config.string ?? config["type"]?.string ?? "" }
    var description: String { config.string ?? "\(name) with options" }
}

extension SwiftHead {
    /// Every head with its defaults.
    static let defaults = [
        SwiftHead(config: "classifier") { Classifier(features: $0, classes: $1) },
        SwiftHead(config: "mlp_classifier") { MLPClassifier(features: $0, classes: $1) },
        SwiftHead(config: "segnet", backbone: MadeFeatures.pooled) { SegNet(features: $0, classes: $1) },
        SwiftHead(config: "upsample") { UpsampleHead(features: $0, classes: $1) },
        SwiftHead(config: "jpu") { JPU(features: $0, classes: $1) },
        SwiftHead(config: "deeplabv3plus") { DeepLabV3Plus(features: $0, classes: $1) },
        SwiftHead(config: "fcn") { FCN(features: $0, classes: $1) },
        SwiftHead(config: "unet") { UNet(features: $0, classes: $1) },
        SwiftHead(config: "pspnet") { PSPNet(features: $0, classes: $1) },
        SwiftHead(config: "upernet") { UPerNet(features: $0, classes: $1) },
    ]

    /// Every head with other values for all of its options.
    static let customized = classifiers + stagedDecoders + pyramids + [fcn, unet, jpu]

    private static let convolutions: [(String, ConfigNode)] = [
        ("normalization", "layer_norm"), ("activation", "tanh"), ("initializer", "glorot_normal"),
    ]

    /// What ``convolutions`` says.
    private static func style(hasBias: Bool = false) -> ConvolutionStyle {
        ConvolutionStyle(
            normalization: { LayerNorm(channels: $0) }, activation: { ActivationLayer(.tanh) },
            initializer: GlorotNormal(), hasBias: hasBias)
    }

    private static func node(_ type: String, _ options: [(String, ConfigNode)]) -> ConfigNode {
        let entries = [("type", ConfigNode(.string(type)))] + options + convolutions
        return ConfigNode(.mapping(entries.map { ConfigEntry(key: $0, value: $1) }))
    }

    private static let mlp: ConfigNode = [
        "type": "mlp_classifier", "output": "sigmoid", "initializer": "he_uniform",
        "layers": [["width": 7, "activation": "tanh", "dropout": 0.25], ["width": 5]],
    ]
    private static let classifiers = [
        SwiftHead(config: [
            "type": "classifier", "dropout": 0.5, "neck": [["type": "convolution", "channels": 9], "dropout"],
            "pooling": "max",
        ]) {
            Classifier(
                features: $0, classes: $1, dropout: 0.5,
                neck: { channels in
                    let block = ConvolutionStyle().block(from: channels, to: 9, kernel: 3)
                    return [ImageLayer(block, channels: 9), ImageLayer(Dropout(probability: 0.5), channels: 9)]
                }, pooling: { _ in GlobalMaxPool() })
        },
        SwiftHead(config: mlp, classes: 2) {
            MLPClassifier(
                features: $0, classes: $1,
                layers: [
                    MLPClassifier.DenseLayer(width: 7, activation: .tanh, dropout: 0.25),
                    MLPClassifier.DenseLayer(width: 5),
                ], output: .sigmoid, initializer: HeUniform())
        },
    ]

    private static let segNet = node(
        "segnet",
        [
            ("convolutions", [2, 1, 3]), ("narrows", "first"), ("dropout", 0.5), ("classifier_kernel", 1),
            ("classifier_bias", false), ("conv_bias", true),
        ])
    private static let upsample = node(
        "upsample",
        [
            ("convolutions", [2, 1, 3]), ("widths", [7, 5, 3]), ("narrows", "first"), ("interpolation", "bilinear"),
            ("dropout", 0.5), ("classifier_kernel", 1), ("classifier_bias", false), ("conv_bias", true),
        ])
    private static let stagedDecoders = [
        SwiftHead(config: segNet, backbone: MadeFeatures.pooled) {
            SegNet(
                features: $0, classes: $1, convolutions: [2, 1, 3], narrows: .first, dropout: 0.5,
                classifierKernel: 1, classifierBias: false, style: style(hasBias: true))
        },
        SwiftHead(config: upsample) {
            UpsampleHead(
                features: $0, classes: $1, convolutions: [2, 1, 3], widths: [7, 5, 3], narrows: .first,
                interpolation: .bilinear, dropout: 0.5, classifierKernel: 1, classifierBias: false,
                style: style(hasBias: true))
        },
    ]

    private static let pspNet = node(
        "pspnet",
        [("stride", 8), ("bins", [2, 5]), ("width", 7), ("interpolation", "nearest"), ("dropout", 0.5)])
    private static let upperNet = node(
        "upernet",
        [("strides", [16, 4]), ("bins", [2]), ("width", 7), ("interpolation", "nearest"), ("dropout", 0.5)])
    private static let deepLab = node(
        "deeplabv3plus",
        [
            ("stride", 16), ("low_level_stride", 8), ("rates", [2, 3]), ("image_pooling", false), ("width", 6),
            ("low_level_width", 3), ("projection_kernel", 3), ("separable", false), ("interpolation", "nearest"),
            ("dropout", 0.5),
        ])
    private static let pyramids = [
        SwiftHead(config: pspNet) {
            PSPNet(
                features: $0, classes: $1, stride: 8, bins: [2, 5], width: 7, interpolation: .nearest, dropout: 0.5,
                style: style())
        },
        SwiftHead(config: upperNet) {
            UPerNet(
                features: $0, classes: $1, strides: [16, 4], bins: [2], width: 7, interpolation: .nearest,
                dropout: 0.5, style: style())
        },
        SwiftHead(config: deepLab) {
            DeepLabV3Plus(
                features: $0, classes: $1, stride: 16, lowLevelStride: 8, rates: [2, 3], imagePooling: false,
                width: 6, lowLevelWidth: 3, projectionKernel: 3, separable: false, interpolation: .nearest,
                dropout: 0.5, style: style())
        },
    ]

    private static let fcnOptions: [(String, ConfigNode)] = [
        ("feature", 2), ("skip_strides", [8, 4]), ("convolutions", 2), ("width", 5), ("kernel", 5), ("dilation", 2),
        ("concatenates_input", true), ("interpolation", "nearest"), ("dropout", 0.5),
    ]
    private static let fcn = SwiftHead(config: node("fcn", fcnOptions)) {
        FCN(
            features: $0, classes: $1, feature: 2, skipStrides: [8, 4], convolutions: 2, width: 5, kernel: 5,
            dilation: 2, concatenatesInput: true, interpolation: .nearest, dropout: 0.5, style: style())
    }
    private static let unetOptions: [(String, ConfigNode)] = [
        ("widths", [7, 5, 3]), ("convolutions", 1), ("interpolation", "bilinear"), ("dropout", 0.5),
    ]
    private static let unet = SwiftHead(config: node("unet", unetOptions)) {
        UNet(
            features: $0, classes: $1, widths: [7, 5, 3], convolutions: 1, interpolation: .bilinear, dropout: 0.5,
            style: style())
    }
    private static let jpuOptions: [(String, ConfigNode)] = [
        ("strides", [16, 8]), ("low_level_stride", 4), ("width", 6), ("dilations", [3, 1]), ("projection_width", 5),
        ("low_level_width", 3), ("fuse_width", 7), ("interpolation", "bilinear"), ("dropout", 0.5),
    ]
    private static let jpu = SwiftHead(config: node("jpu", jpuOptions)) {
        JPU(
            features: $0, classes: $1, strides: [16, 8], lowLevelStride: 4, width: 6, dilations: [3, 1],
            projectionWidth: 5, lowLevelWidth: 3, fuseWidth: 7, interpolation: .bilinear, dropout: 0.5,
            style: style())
    }
}
