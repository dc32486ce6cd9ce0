extension NameTable {
    static let kerasDenseNet = NameTable(
        name: "keras_densenet", summary: "DenseNet-121 to 201 of Keras",
        text: """
            batch_norm_epsilon = 1.001e-5
            nested = true

            """
                + convolution("conv1_conv", "features.conv0") + batchNorm("conv1_bn", "features.norm0")
                // Keras 2 parts the names with a slash.
                + convolution("conv1/conv", "features.conv0") + batchNorm("conv1/bn", "features.norm0")
                + batchNorm("conv{g}_block{l}_0_bn", "features.denseblock{g-1}.denselayer{l}.norm1")
                + convolution("conv{g}_block{l}_1_conv", "features.denseblock{g-1}.denselayer{l}.conv1")
                + batchNorm("conv{g}_block{l}_1_bn", "features.denseblock{g-1}.denselayer{l}.norm2")
                + convolution("conv{g}_block{l}_2_conv", "features.denseblock{g-1}.denselayer{l}.conv2")
                + batchNorm("pool{g}_bn", "features.transition{g-1}.norm")
                + convolution("pool{g}_conv", "features.transition{g-1}.conv")
                + batchNorm("bn", "features.norm5") + classifier("predictions", "fc1000"))
}
