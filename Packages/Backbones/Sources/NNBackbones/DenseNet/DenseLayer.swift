import NNLayers

/// A 1x1 and a 3x3 convolution, each with its normalization and activation before it.
final class DenseLayer: Layer {
    @Child("") var activated: NormActivation
    @Child("") var bottleneck: ConvNormActivation
    @Child("conv2") var convolution: Conv2D
    @Child var dropout: Dropout

    init(from inputChannels: Int, growth: Int, dilation: Int, dropout: Float, style: ConvolutionStyle) {
        // The second normalization belongs to the second convolution, and is calculated with the first.
        let bottleneck = style.convolution(from: inputChannels, to: 4 * growth, kernel: 1)
        self.dropout = Dropout(probability: dropout)
        activated = NormActivation(channels: inputChannels, name: "norm1", style: style)
        self.bottleneck = ConvNormActivation(bottleneck, names: ("conv1", "norm2"), style: style)
        convolution = style.convolution(from: 4 * growth, to: growth, kernel: 3, dilations: Size(dilation))
    }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        dropout(convolution(bottleneck(activated(input, context), context), context), context)
    }
}
