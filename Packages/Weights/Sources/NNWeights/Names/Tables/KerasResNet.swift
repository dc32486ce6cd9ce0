extension NameTable {
    /// The first version of ResNet-50 has letters for blocks and the parts of each: `res2a_branch2b`.
    static let kerasResNet = NameTable(
        name: "keras_resnet",
        summary: "ResNet-50 to 152 of Keras, the first version's names too (conv_bias: true, strides_first: true)",
        text: """
            batch_norm_epsilon = 1.001e-5
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
}
