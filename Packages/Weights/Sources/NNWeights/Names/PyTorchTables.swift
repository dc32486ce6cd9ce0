/// The table of names of published files of one origin.
struct NameTable {
    /// What a configuration writes.
    let name: String
    /// One line for people, with the options of the backbone that fit where no shape tells.
    let summary: String
    /// See ``NameMap``.
    let text: String

    /// Every table of this module.
    static let all = [
        cifarResNet, kerasDenseNet, kerasInceptionResNetV2, kerasMobileNetV1, kerasMobileNetV2, kerasResNet, kerasVGG16,
        kerasVGG19, kerasXception, timmInceptionResNetV2, timmMobileNetV1, timmMobileNetV2, timmVoVNet, timmXception,
        torchvisionDenseNet, torchvisionFCN, torchvisionMobileNetV2, torchvisionResNet, torchvisionVGG,
    ]
}

extension NameTable {
    static let torchvisionResNet = NameTable(
        name: "torchvision_resnet", summary: "ResNet-18 to 152 of torchvision and timm",
        text: """
            batch_norm_epsilon = 1e-5
            conv1.*      backbone.conv1.*
            bn1.*        backbone.bn1.*
            layer{g}.*   backbone.layer{g}.*
            fc.*         head.fc.*
            """)

    /// Without the dense layers, whose first sees 7x7 pixels and no mean of them.
    static let torchvisionVGG = NameTable(
        name: "torchvision_vgg", summary: "VGG-11 to 19 of torchvision and timm, without the dense layers",
        text: """
            batch_norm_epsilon = 1e-5
            features.*     backbone.features.*
            classifier.*   -
            pre_logits.*   -
            head.*         -
            """)

    /// The published files are older than torchvision's present names, and have a dot in some.
    static let torchvisionDenseNet = NameTable(
        name: "torchvision_densenet", summary: "DenseNet-121 to 201 of torchvision and timm, old names too",
        text: """
            batch_norm_epsilon = 1e-5
            features.denseblock{b}.denselayer{l}.norm.{n}.*   backbone.features.denseblock{b}.denselayer{l}.norm{n}.*
            features.denseblock{b}.denselayer{l}.conv.{n}.*   backbone.features.denseblock{b}.denselayer{l}.conv{n}.*
            features.*                                        backbone.features.*
            classifier.*                                      head.fc.*
            """)

    static let torchvisionMobileNetV2 = NameTable(
        name: "torchvision_mobilenet_v2", summary: "MobileNetV2 of torchvision",
        text: """
            batch_norm_epsilon = 1e-5
            features.*     backbone.features.*
            classifier.1.* head.fc.*
            """)

    static let torchvisionFCN = NameTable(
        name: "torchvision_fcn",
        summary: "fcn_resnet50 and 101 of torchvision (output_stride: 8, an auxiliary head on feature 2)",
        text: """
            batch_norm_epsilon = 1e-5
            backbone.*         backbone.*
            classifier.0.*     head.convs.0.conv.*
            classifier.1.*     head.convs.0.bn.*
            classifier.4.*     head.conv_seg.*
            aux_classifier.0.* auxiliary_head.convs.0.conv.*
            aux_classifier.1.* auxiliary_head.convs.0.bn.*
            aux_classifier.4.* auxiliary_head.conv_seg.*
            """)

    static let timmMobileNetV1 = NameTable(
        name: "timm_mobilenet_v1", summary: "MobileNetV1 of timm",
        text: """
            batch_norm_epsilon = 1e-5
            conv_stem.*    backbone.conv_stem.*
            bn1.*          backbone.bn1.*
            blocks.*       backbone.blocks.*
            classifier.*   head.fc.*
            """)

    /// Our blocks are torchvision's, which count through all stages.
    static let timmMobileNetV2 = NameTable(
        name: "timm_mobilenet_v2", summary: "MobileNetV2 of timm",
        text: """
            batch_norm_epsilon = 1e-5
            conv_stem.*               backbone.features.0.0.*
            bn1.*                     backbone.features.0.1.*
            blocks.0.0.conv_dw.*      backbone.features.1.conv.0.0.*
            blocks.0.0.bn1.*          backbone.features.1.conv.0.1.*
            blocks.0.0.conv_pw.*      backbone.features.1.conv.1.*
            blocks.0.0.bn2.*          backbone.features.1.conv.2.*

            """
                + [2, 4, 7, 11, 14, 17].enumerated().map { index, first in
                    """
                    blocks.\(index + 1).{b}.conv_pw.*    backbone.features.{b+\(first)}.conv.0.0.*
                    blocks.\(index + 1).{b}.bn1.*        backbone.features.{b+\(first)}.conv.0.1.*
                    blocks.\(index + 1).{b}.conv_dw.*    backbone.features.{b+\(first)}.conv.1.0.*
                    blocks.\(index + 1).{b}.bn2.*        backbone.features.{b+\(first)}.conv.1.1.*
                    blocks.\(index + 1).{b}.conv_pwl.*   backbone.features.{b+\(first)}.conv.2.*
                    blocks.\(index + 1).{b}.bn3.*        backbone.features.{b+\(first)}.conv.3.*

                    """
                }.joined() + """
                    conv_head.*               backbone.features.18.0.*
                    bn2.*                     backbone.features.18.1.*
                    classifier.*              head.fc.*
                    """)

    /// The second version, `ese_vovnet...`, also has `residual: true` and `attention: ese`, and `..._dw` has
    /// `separable: true`.
    static let timmVoVNet = NameTable(
        name: "timm_vovnet",
        summary: "VoVNet of timm (stem_stride: 4, concatenates_input: true, pads_pools: false, activation: relu)",
        text: """
            batch_norm_epsilon = 1e-5
            stem.*      backbone.stem.*
            stages.*    backbone.stages.*
            head.fc.*   head.fc.*
            """)

    static let timmXception = NameTable(
        name: "timm_xception", summary: "Xception of timm, legacy_xception",
        text: """
            batch_norm_epsilon = 1e-5
            conv{n}.*    backbone.conv{n}.*
            bn{n}.*      backbone.bn{n}.*
            block{n}.*   backbone.block{n}.*
            fc.*         head.fc.*
            """)

    static let timmInceptionResNetV2 = NameTable(
        name: "timm_inception_resnet_v2", summary: "Inception-ResNet version 2 of timm",
        text: """
            batch_norm_epsilon = 1e-3
            conv2d_*    backbone.conv2d_*
            mixed_*     backbone.mixed_*
            repeat*     backbone.repeat*
            block8.*    backbone.block8.*
            classif.*   head.fc.*
            """)

    static let cifarResNet = NameTable(
        name: "cifar_resnet",
        summary: "ResNet of 6n + 2 layers of PyTorch's usual ports (shortcut_padding: both_sides)",
        text: """
            batch_norm_epsilon = 1e-5
            conv1.*      backbone.conv1.*
            bn1.*        backbone.bn1.*
            layer{g}.*   backbone.layer{g}.*
            linear.*     head.fc.*
            fc.*         head.fc.*
            """)
}
