import NNLayers

/// What stands between two dense blocks: it halves the channels, and by a pooling the size.
final class DenseTransition: Layer {
    /// Comes first; its result is also what decoders get.
    @Child("") var activated: NormActivation
    @Child("conv") var convolution: Conv2D

    private let stride: Int

    /// - Parameter stride: 1 leaves the pooling out.
    init(from inputChannels: Int, to channels: Int, stride: Int, style: ConvolutionStyle) {
        self.stride = stride
        activated = NormActivation(channels: inputChannels, name: "norm", style: style)
        convolution = style.convolution(from: inputChannels, to: channels, kernel: 1)
    }

    /// - Parameter input: The result of ``activated``.
    func forward(_ input: Tensor, context: Context) -> Tensor {
        let mixed = convolution(input, context)
        return stride == 1 ? mixed : mixed.averagePooled(kernel: Size(stride))
    }
}
