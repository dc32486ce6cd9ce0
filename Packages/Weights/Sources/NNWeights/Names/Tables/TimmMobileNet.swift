extension NameTable {
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
}
