extension NameMap {
    /// ResNet-50 to 152 of Keras. The first version of ResNet-50 has letters for blocks and their parts: `res2a_branch2b`.
    static let kerasResNet = NameMap(
        builtIn: "keras_resnet",
        "ResNet-50 to 152 of Keras, the first version's names too",
        table: """
            batch_norm_epsilon = 1.001e-5
            backbone.type = resnet
            backbone.conv_bias = true
            backbone.strides_first = true
            backbone.activation = relu
            input.channels = bgr
            input.mean = 0.40760784,0.45795686,0.48501961
            input.standard_deviation = 0.00392157,0.00392157,0.00392157
            nested = true

            """
                + convolution("conv1_conv", "conv1") + batchNorm("conv1_bn", "bn1")
                + convolution("conv{g}_block{b}_0_conv", "layer{g-1}.{b-1}.downsample.0")
                + batchNorm("conv{g}_block{b}_0_bn", "layer{g-1}.{b-1}.downsample.1")
                + convolution("conv{g}_block{b}_{k}_conv", "layer{g-1}.{b-1}.conv{k}")
                + batchNorm("conv{g}_block{b}_{k}_bn", "layer{g-1}.{b-1}.bn{k}")
                + convolution("conv1", "conv1") + batchNorm("bn_conv1", "bn1")
                + "abcdef".enumerated().map { block, letter in
                    convolution("res{g}\(letter)_branch1", "layer{g-1}.\(block).downsample.0")
                        + batchNorm("bn{g}\(letter)_branch1", "layer{g-1}.\(block).downsample.1")
                        + "abc".enumerated().map { index, part in
                            convolution("res{g}\(letter)_branch2\(part)", "layer{g-1}.\(block).conv\(index + 1)")
                                + batchNorm("bn{g}\(letter)_branch2\(part)", "layer{g-1}.\(block).bn\(index + 1)")
                        }.joined()
                }.joined()
                + classifier("predictions", "probs", "fc1000"))

    /// DenseNet-121 to 201 of Keras.
    static let kerasDenseNet = NameMap(
        builtIn: "keras_densenet", "DenseNet-121 to 201 of Keras",
        table: """
            batch_norm_epsilon = 1.001e-5
            backbone.activation = relu
            input.mean = 0.485,0.456,0.406
            input.standard_deviation = 0.229,0.224,0.225
            nested = true

            """
                + convolution("conv1_conv", "features.conv0") + batchNorm("conv1_bn", "features.norm0")
                // Keras 2 separates names with a slash.
                + convolution("conv1/conv", "features.conv0") + batchNorm("conv1/bn", "features.norm0")
                + batchNorm("conv{g}_block{l}_0_bn", "features.denseblock{g-1}.denselayer{l}.norm1")
                + convolution("conv{g}_block{l}_1_conv", "features.denseblock{g-1}.denselayer{l}.conv1")
                + batchNorm("conv{g}_block{l}_1_bn", "features.denseblock{g-1}.denselayer{l}.norm2")
                + convolution("conv{g}_block{l}_2_conv", "features.denseblock{g-1}.denselayer{l}.conv2")
                + batchNorm("pool{g}_bn", "features.transition{g-1}.norm")
                + convolution("pool{g}_conv", "features.transition{g-1}.conv")
                + batchNorm("bn", "features.norm5") + classifier("predictions", "fc1000"))

    /// VGG-16 of Keras, without the dense layers.
    static let kerasVGG16 = kerasVGG(depth: 16, convolutionCounts: [2, 2, 3, 3, 3])
    /// VGG-19 of Keras, without the dense layers.
    static let kerasVGG19 = kerasVGG(depth: 19, convolutionCounts: [2, 2, 4, 4, 4])

    /// Leaves out the dense layers: the first of them sees 7x7 pixels instead of their mean.
    private static func kerasVGG(depth: Int, convolutionCounts: [Int]) -> NameMap {
        var text = """
            nested = true
            backbone.activation = relu
            input.channels = bgr
            input.mean = 0.40760784,0.45795686,0.48501961
            input.standard_deviation = 0.00392157,0.00392157,0.00392157

            """
        // torchvision counts all layers: convolutions, activations and pools.
        var number = 0
        for (stage, count) in convolutionCounts.enumerated() {
            for index in 0..<count {
                text += convolution("block\(stage + 1)_conv\(index + 1)", "features.\(number)")
                number += 2
            }
            number += 1
        }
        return NameMap(
            builtIn: "keras_vgg\(depth)", "VGG-\(depth) of Keras, without the dense layers",
            table: text + """
                fc{n}/*         -
                predictions/*   -
                """)
    }

    /// MobileNet of Keras.
    static let kerasMobileNetV1 = NameMap(
        builtIn: "keras_mobilenet_v1", "MobileNet of Keras",
        table: """
            batch_norm_epsilon = 1e-3
            backbone.strided_padding = tensorflow
            backbone.activation = relu6
            input.mean = 0.5,0.5,0.5
            input.standard_deviation = 0.5,0.5,0.5
            nested = true

            """
                + convolution("conv1", "conv_stem") + batchNorm("conv1_bn", "bn1")
                // Keras counts blocks through all groups.
                + [1..<2, 2..<4, 4..<6, 6..<12, 12..<14].enumerated().flatMap { group, numbers in
                    numbers.map { number in
                        let block = "blocks.\(group).\(number - numbers.lowerBound)"
                        return depthwise("conv_dw_\(number)", "\(block).conv_dw")
                            + batchNorm("conv_dw_\(number)_bn", "\(block).bn1")
                            + convolution("conv_pw_\(number)", "\(block).conv_pw")
                            + batchNorm("conv_pw_\(number)_bn", "\(block).bn2")
                    }
                }.joined()
                    + """
                    conv_preds/kernel     head.fc.weight   dense_hwio
                    conv_preds/*kernel*   head.fc.weight   dense_hwio
                    conv_preds/bias       head.fc.bias
                    conv_preds/*bias*     head.fc.bias
                    """)

    /// MobileNetV2 of Keras.
    static let kerasMobileNetV2 = NameMap(
        builtIn: "keras_mobilenet_v2", "MobileNetV2 of Keras",
        table: """
            batch_norm_epsilon = 1e-3
            backbone.strided_padding = tensorflow
            backbone.activation = relu6
            input.mean = 0.5,0.5,0.5
            input.standard_deviation = 0.5,0.5,0.5
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

// Lines for layers of Keras, with the names of all its versions: `conv1/kernel:0` of Keras 2, `conv1/kernel` of Keras 3,
// and `conv1/conv1_W_1:0` of Keras 1. The first line for a value is the one by which it is exported, as Keras 3 names it.
extension NameMap {
    /// Lines for a convolution.
    /// - Parameters:
    ///   - layer: Its name in Keras.
    ///   - name: Its name in the backbone.
    static func convolution(_ layer: String, _ name: String) -> String {
        """
        \(layer)/kernel     backbone.\(name).weight   hwio
        \(layer)/*kernel*   backbone.\(name).weight   hwio
        \(layer)/*_W*       backbone.\(name).weight   hwio
        \(layer)/bias       backbone.\(name).bias
        \(layer)/*bias*     backbone.\(name).bias
        \(layer)/*_b*       backbone.\(name).bias

        """
    }

    /// A line for a depthwise convolution.
    static func depthwise(_ layer: String, _ name: String) -> String {
        """
        \(layer)/kernel     backbone.\(name).weight   depthwise_hwio
        \(layer)/*kernel*   backbone.\(name).weight   depthwise_hwio

        """
    }

    /// Lines for a separable convolution.
    static func separable(_ layer: String, depthwise: String, pointwise: String) -> String {
        """
        \(layer)/depthwise_kernel     backbone.\(depthwise).weight   depthwise_hwio
        \(layer)/*depthwise_kernel*   backbone.\(depthwise).weight   depthwise_hwio
        \(layer)/pointwise_kernel     backbone.\(pointwise).weight   hwio
        \(layer)/*pointwise_kernel*   backbone.\(pointwise).weight   hwio

        """
    }

    /// Lines for a batch normalization. What Keras 1 calls `running_std` is a variance.
    static func batchNorm(_ layer: String, _ name: String) -> String {
        """
        \(layer)/gamma             backbone.\(name).weight
        \(layer)/*gamma*           backbone.\(name).weight
        \(layer)/beta              backbone.\(name).bias
        \(layer)/*beta*            backbone.\(name).bias
        \(layer)/moving_mean       backbone.\(name).running_mean
        \(layer)/*_mean*           backbone.\(name).running_mean
        \(layer)/moving_variance   backbone.\(name).running_var
        \(layer)/*_variance*       backbone.\(name).running_var
        \(layer)/*running_std*     backbone.\(name).running_var

        """
    }

    /// Lines for the last dense layer, with a name for each version.
    static func classifier(_ layers: String...) -> String {
        layers.map {
            """
            \($0)/kernel     head.fc.weight   io
            \($0)/*kernel*   head.fc.weight   io
            \($0)/*_W*       head.fc.weight   io
            \($0)/bias       head.fc.bias
            \($0)/*bias*     head.fc.bias
            \($0)/*_b*       head.fc.bias

            """
        }.joined()
    }
}
