extension NameTable {
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
}
