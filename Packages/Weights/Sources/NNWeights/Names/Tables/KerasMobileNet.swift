extension NameTable {
    static let kerasMobileNetV1 = NameTable(
        name: "keras_mobilenet_v1", summary: "MobileNet of Keras (strided_padding: tensorflow)",
        text: """
            batch_norm_epsilon = 1e-3
            nested = true

            """
                + convolution("conv1", "conv_stem") + batchNorm("conv1_bn", "bn1")
                // Keras counts through all groups.
                + [1..<2, 2..<4, 4..<6, 6..<12, 12..<14].enumerated().flatMap { group, places in
                    places.map { place in
                        let block = "blocks.\(group).\(place - places.lowerBound)"
                        return depthwise("conv_dw_\(place)", "\(block).conv_dw")
                            + batchNorm("conv_dw_\(place)_bn", "\(block).bn1")
                            + convolution("conv_pw_\(place)", "\(block).conv_pw")
                            + batchNorm("conv_pw_\(place)_bn", "\(block).bn2")
                    }
                }.joined()
                    + """
                    conv_preds/*kernel*   head.fc.weight   dense_hwio
                    conv_preds/*bias*     head.fc.bias
                    """)

    static let kerasMobileNetV2 = NameTable(
        name: "keras_mobilenet_v2", summary: "MobileNetV2 of Keras (strided_padding: tensorflow)",
        text: """
            batch_norm_epsilon = 1e-3
            nested = true

            """
                + convolution("Conv1", "features.0.0") + batchNorm("bn_Conv1", "features.0.1")
                + depthwise("expanded_conv_depthwise", "features.1.conv.0.0")
                + batchNorm("expanded_conv_depthwise_BN", "features.1.conv.0.1")
                + convolution("expanded_conv_project", "features.1.conv.1")
                + batchNorm("expanded_conv_project_BN", "features.1.conv.2")
                + convolution("block_{n}_expand", "features.{n+1}.conv.0.0")
                + batchNorm("block_{n}_expand_BN", "features.{n+1}.conv.0.1")
                + depthwise("block_{n}_depthwise", "features.{n+1}.conv.1.0")
                + batchNorm("block_{n}_depthwise_BN", "features.{n+1}.conv.1.1")
                + convolution("block_{n}_project", "features.{n+1}.conv.2")
                + batchNorm("block_{n}_project_BN", "features.{n+1}.conv.3")
                + convolution("Conv_1", "features.18.0") + batchNorm("Conv_1_bn", "features.18.1")
                + classifier("predictions", "Logits"))
}
