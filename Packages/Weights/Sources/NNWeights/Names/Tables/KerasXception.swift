extension NameTable {
    static let kerasXception = NameTable(
        name: "keras_xception", summary: "Xception of Keras (strided_padding: tensorflow)",
        text: """
            batch_norm_epsilon = 1e-3
            nested = true
            counted = conv2d
            counted = batch_normalization

            """
                + convolution("block1_conv1", "conv1") + batchNorm("block1_conv1_bn", "bn1")
                + convolution("block1_conv2", "conv2") + batchNorm("block1_conv2_bn", "bn2")
                + block("2", "block1", places: [0, 3])
                + tail(1, 3) + tail(2, 4)
                + block("{b}", "block{b-1}", places: [1, 4, 7])
                // The convolutions beside the blocks have no names of their own.
                + [1, 2, 3, 12].enumerated().map { index, block in
                    convolution("conv2d_\(index + 1)", "block\(block).skip")
                        + batchNorm("batch_normalization_\(index + 1)", "block\(block).skipbn")
                }.joined()
                + classifier("predictions"))

    /// - Parameter places: Of the separable convolutions in our block.
    private static func block(_ number: String, _ name: String, places: [Int]) -> String {
        places.enumerated().map { index, place in
            let layer = "block\(number)_sepconv\(index + 1)"
            return separable(
                layer, depthwise: "\(name).rep.\(place).conv1", pointwise: "\(name).rep.\(place).pointwise")
                + batchNorm(layer + "_bn", "\(name).rep.\(place + 1)")
        }.joined()
    }

    private static func tail(_ index: Int, _ number: Int) -> String {
        separable("block14_sepconv\(index)", depthwise: "conv\(number).conv1", pointwise: "conv\(number).pointwise")
            + batchNorm("block14_sepconv\(index)_bn", "bn\(number)")
    }
}
