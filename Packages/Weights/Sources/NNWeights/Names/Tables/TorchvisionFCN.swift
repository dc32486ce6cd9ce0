extension NameTable {
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
}
