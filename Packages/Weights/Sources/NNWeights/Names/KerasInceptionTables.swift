extension NameMap {
    /// Xception of Keras.
    static let kerasXception = NameMap(
        builtIn: "keras_xception", "Xception of Keras",
        table: """
            batch_norm_epsilon = 1e-3
            backbone.padding = valid
            backbone.strided_padding = tensorflow
            backbone.activation = relu
            input.mean = 0.5,0.5,0.5
            input.standard_deviation = 0.5,0.5,0.5
            nested = true
            counted = conv2d
            counted = batch_normalization

            """
                + convolution("block1_conv1", "conv1") + batchNorm("block1_conv1_bn", "bn1")
                + convolution("block1_conv2", "conv2") + batchNorm("block1_conv2_bn", "bn2")
                + block("2", "block1", indices: [0, 3])
                + tail(1, 3) + tail(2, 4)
                + block("{b}", "block{b-1}", indices: [1, 4, 7])
                // The convolutions of the shortcuts have no names of their own.
                + [1, 2, 3, 12].enumerated().map { index, block in
                    convolution("conv2d_\(index + 1)", "block\(block).skip")
                        + batchNorm("batch_normalization_\(index + 1)", "block\(block).skipbn")
                }.joined()
                + classifier("predictions"))

    /// - Parameter indices: The indices of the separable convolutions in our block.
    private static func block(_ number: String, _ name: String, indices: [Int]) -> String {
        indices.enumerated().map { position, index in
            let layer = "block\(number)_sepconv\(position + 1)"
            return separable(
                layer, depthwise: "\(name).rep.\(index).conv1", pointwise: "\(name).rep.\(index).pointwise")
                + batchNorm(layer + "_bn", "\(name).rep.\(index + 1)")
        }.joined()
    }

    private static func tail(_ index: Int, _ number: Int) -> String {
        separable("block14_sepconv\(index)", depthwise: "conv\(number).conv1", pointwise: "conv\(number).pointwise")
            + batchNorm("block14_sepconv\(index)_bn", "bn\(number)")
    }

    /// Inception-ResNet v2 of Keras, where most layers have no name but the number in which they were created.
    static let kerasInceptionResNetV2 = NameMap(
        builtIn: "keras_inception_resnet_v2",
        "Inception-ResNet version 2 of Keras",
        table: """
            batch_norm_epsilon = 1e-3
            batch_norm_scale = false
            backbone.padding = valid
            backbone.activation = relu
            input.mean = 0.5,0.5,0.5
            input.standard_deviation = 0.5,0.5,0.5
            nested = true
            counted = conv2d
            counted = batch_normalization

            """
                + layersWithoutNames.enumerated().map { index, name in
                    convolution("conv2d_\(index + 1)", "\(name).conv")
                        + batchNorm("batch_normalization_\(index + 1)", "\(name).bn")
                }.joined()
                + convolution("conv_7b", "conv2d_7b.conv") + batchNorm("conv_7b_bn", "conv2d_7b.bn")
                + convolution("block35_{n}_conv", "repeat.{n-1}.conv2d")
                + convolution("block17_{n}_conv", "repeat_1.{n-1}.conv2d")
                + convolution("block8_10_conv", "block8.conv2d")
                + convolution("block8_{n}_conv", "repeat_2.{n-1}.conv2d")
                + classifier("predictions"))

    /// Our names of the layers, in the order in which Keras creates them.
    private static var layersWithoutNames: [String] {
        let stem = ["conv2d_1a", "conv2d_2a", "conv2d_2b", "conv2d_3b", "conv2d_4a"]
        func repeated(_ name: String, _ count: Int, _ branches: [Int]) -> [String] {
            (0..<count).flatMap { module("\(name).\($0)", branches) }
        }
        let parts: [[String]] = [
            // The last branch of the first module begins with a pool.
            stem, module("mixed_5b", [1, 2, 3]), ["mixed_5b.branch3.1"], repeated("repeat", 10, [1, 2, 3]),
            module("mixed_6a", [1, 3]), repeated("repeat_1", 20, [1, 3]), module("mixed_7a", [2, 2, 3]),
            repeated("repeat_2", 9, [1, 3]), module("block8", [1, 3]),
        ]
        return parts.flatMap { $0 }
    }

    /// - Parameter branches: The number of convolutions in each.
    private static func module(_ name: String, _ branches: [Int]) -> [String] {
        branches.enumerated().flatMap { branch, count in
            (0..<count).map { count == 1 ? "\(name).branch\(branch)" : "\(name).branch\(branch).\($0)" }
        }
    }
}
