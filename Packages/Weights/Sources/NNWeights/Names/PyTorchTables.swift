extension NameMap {
    /// ResNet-18 to 152 of torchvision and timm.
    static let torchvisionResNet = NameMap(
        builtIn: "torchvision_resnet", "ResNet-18 to 152 of torchvision and timm",
        table: """
            batch_norm_epsilon = 1e-5
            backbone.type = resnet
            backbone.strides_first = false
            backbone.activation = relu
            input.mean = 0.485,0.456,0.406
            input.standard_deviation = 0.229,0.224,0.225
            conv1.*      backbone.conv1.*
            bn1.*        backbone.bn1.*
            layer{g}.*   backbone.layer{g}.*
            fc.*         head.fc.*
            """)

    /// VGG-11 to 19 of torchvision and timm, without the dense layers: the first of them sees 7x7 pixels instead of their
    /// mean.
    static let torchvisionVGG = NameMap(
        builtIn: "torchvision_vgg", "VGG-11 to 19 of torchvision and timm, without the dense layers",
        table: """
            batch_norm_epsilon = 1e-5
            backbone.activation = relu
            input.mean = 0.485,0.456,0.406
            input.standard_deviation = 0.229,0.224,0.225
            features.*     backbone.features.*
            classifier.*   -
            pre_logits.*   -
            head.*         -
            """)

    /// DenseNet-121 to 201 of torchvision and timm. The published files have older names, some with one dot more.
    static let torchvisionDenseNet = NameMap(
        builtIn: "torchvision_densenet", "DenseNet-121 to 201 of torchvision and timm, old names too",
        table: """
            batch_norm_epsilon = 1e-5
            backbone.activation = relu
            input.mean = 0.485,0.456,0.406
            input.standard_deviation = 0.229,0.224,0.225
            features.denseblock{b}.denselayer{l}.norm{n}.*    backbone.features.denseblock{b}.denselayer{l}.norm{n}.*
            features.denseblock{b}.denselayer{l}.conv{n}.*    backbone.features.denseblock{b}.denselayer{l}.conv{n}.*
            features.denseblock{b}.denselayer{l}.norm.{n}.*   backbone.features.denseblock{b}.denselayer{l}.norm{n}.*
            features.denseblock{b}.denselayer{l}.conv.{n}.*   backbone.features.denseblock{b}.denselayer{l}.conv{n}.*
            features.*                                        backbone.features.*
            classifier.*                                      head.fc.*
            """)

    /// MobileNetV2 of torchvision.
    static let torchvisionMobileNetV2 = NameMap(
        builtIn: "torchvision_mobilenet_v2", "MobileNetV2 of torchvision",
        table: """
            batch_norm_epsilon = 1e-5
            backbone.strided_padding = symmetric
            backbone.activation = relu6
            input.mean = 0.485,0.456,0.406
            input.standard_deviation = 0.229,0.224,0.225
            features.*     backbone.features.*
            classifier.1.* head.fc.*
            """)

    /// `fcn_resnet50` and `fcn_resnet101` of torchvision, with `outputStride: 8` and an auxiliary head on feature 2.
    static let torchvisionFCN = NameMap(
        builtIn: "torchvision_fcn",
        "fcn_resnet50 and 101 of torchvision (an auxiliary head on feature 2)",
        table: """
            batch_norm_epsilon = 1e-5
            backbone.type = resnet
            backbone.strides_first = false
            backbone.output_stride = 8
            backbone.activation = relu
            input.mean = 0.485,0.456,0.406
            input.standard_deviation = 0.229,0.224,0.225
            backbone.*         backbone.*
            classifier.0.*     head.convs.0.conv.*
            classifier.1.*     head.convs.0.bn.*
            classifier.4.*     head.conv_seg.*
            aux_classifier.0.* auxiliary_head.convs.0.conv.*
            aux_classifier.1.* auxiliary_head.convs.0.bn.*
            aux_classifier.4.* auxiliary_head.conv_seg.*
            """)

    /// MobileNetV1 of timm.
    static let timmMobileNetV1 = NameMap(
        builtIn: "timm_mobilenet_v1", "MobileNetV1 of timm",
        table: """
            batch_norm_epsilon = 1e-5
            backbone.strided_padding = symmetric
            backbone.activation = relu6
            conv_stem.*    backbone.conv_stem.*
            bn1.*          backbone.bn1.*
            blocks.*       backbone.blocks.*
            classifier.*   head.fc.*
            """)

    /// MobileNetV2 of timm, which counts blocks by stage; ours are counted through all stages, as in torchvision.
    static let timmMobileNetV2 = NameMap(
        builtIn: "timm_mobilenet_v2", "MobileNetV2 of timm",
        table: """
            batch_norm_epsilon = 1e-5
            backbone.strided_padding = symmetric
            backbone.activation = relu6
            input.mean = 0.485,0.456,0.406
            input.standard_deviation = 0.229,0.224,0.225
            conv_stem.*               backbone.features.0.0.*
            bn1.*                     backbone.features.0.1.*
            blocks.0.0.conv_dw.*      backbone.features.1.conv.0.0.*
            blocks.0.0.bn1.*          backbone.features.1.conv.0.1.*
            blocks.0.0.conv_pw.*      backbone.features.1.conv.1.*
            blocks.0.0.bn2.*          backbone.features.1.conv.2.*

            """
                // The last first, since a number is read backwards as one of the stage with the largest beginning.
                + [2, 4, 7, 11, 14, 17].enumerated().reversed().map { index, first in
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

    /// VoVNet of timm. The second version, `ese_vovnet...`, also has `attention: ese`, and `..._dw` has `separable: true`.
    static let timmVoVNet = NameMap(
        builtIn: "timm_vovnet",
        "VoVNet of timm, both versions",
        table: """
            batch_norm_epsilon = 1e-5
            backbone.stem_stride = 4
            backbone.concatenates_input = true
            backbone.pads_pools = false
            backbone.activation = relu
            backbone.residual = false
            backbone.residual = true  if  stages.*.attn.*
            input.mean = 0.485,0.456,0.406
            input.standard_deviation = 0.229,0.224,0.225
            stem.*      backbone.stem.*
            stages.*    backbone.stages.*
            head.fc.*   head.fc.*
            """)

    /// Xception of timm, `legacy_xception`.
    static let timmXception = NameMap(
        builtIn: "timm_xception", "Xception of timm, legacy_xception",
        table: """
            batch_norm_epsilon = 1e-5
            backbone.padding = valid
            backbone.strided_padding = symmetric
            backbone.activation = relu
            input.mean = 0.5,0.5,0.5
            input.standard_deviation = 0.5,0.5,0.5
            conv{n}.*    backbone.conv{n}.*
            bn{n}.*      backbone.bn{n}.*
            block{n}.*   backbone.block{n}.*
            fc.*         head.fc.*
            """)

    /// Inception-ResNet v2 of timm.
    static let timmInceptionResNetV2 = NameMap(
        builtIn: "timm_inception_resnet_v2", "Inception-ResNet version 2 of timm",
        table: """
            batch_norm_epsilon = 1e-3
            backbone.padding = valid
            backbone.activation = relu
            input.mean = 0.5,0.5,0.5
            input.standard_deviation = 0.5,0.5,0.5
            conv2d_*    backbone.conv2d_*
            mixed_*     backbone.mixed_*
            repeat*     backbone.repeat*
            block8.*    backbone.block8.*
            classif.*   head.fc.*
            """)

    /// ResNets of 6n + 2 layers of the usual PyTorch ports, with shortcut padding on both sides.
    static let cifarResNet = NameMap(
        builtIn: "cifar_resnet",
        "ResNet of 6n + 2 layers of PyTorch's usual ports",
        table: """
            batch_norm_epsilon = 1e-5
            backbone.type = resnet_cifar
            backbone.shortcut_padding = both_sides
            backbone.activation = relu
            conv1.*      backbone.conv1.*
            bn1.*        backbone.bn1.*
            layer{g}.*   backbone.layer{g}.*
            linear.*     head.fc.*
            fc.*         head.fc.*
            """)
}
