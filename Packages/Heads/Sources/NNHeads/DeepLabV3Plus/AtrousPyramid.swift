import NNLayers

/// Atrous spatial pyramid pooling (Chen et al. 2017): convolutions of several dilations and the mean of
/// the whole map, side by side, with MMSegmentation's names.
final class AtrousPyramid: Layer {
    @Child var imagePool: Sequential?
    @Child("aspp_modules") var modules: [any Layer]
    @Child var bottleneck: ConvNormActivation

    init(inputChannels: Int, options: DeepLabV3PlusOptions, style: ConvolutionStyle) {
        let width = options.width
        let pooled = Sequential(
            AdaptiveAveragePool2D(size: 1), style.block(from: inputChannels, to: width, kernel: 1))
        imagePool = options.imagePooling ? pooled : nil
        let partCount = options.rates.count + (options.imagePooling ? 2 : 1)
        bottleneck = style.block(from: partCount * width, to: width, kernel: options.projectionKernel)
        modules =
            [style.block(from: inputChannels, to: width, kernel: 1)]
            + options.rates.map { options.convolution(from: inputChannels, to: width, dilation: $0, style: style) }
    }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        // A single pixel is the same everywhere, however it is enlarged.
        let image = imagePool.map { [$0(input, context).resized(like: input, by: .nearest)] } ?? []
        return bottleneck(.concatenated(image + modules.map { $0(input, context) }, axis: 3), context)
    }
}

extension DeepLabV3PlusOptions {
    /// A 3x3 convolution, separable if the options say so, that keeps the size.
    func convolution(
        from inputChannels: Int, to channels: Int, dilation: Int = 1, style: ConvolutionStyle
    ) -> any Layer {
        guard separable else { return style.block(from: inputChannels, to: channels, kernel: 3, dilation: dilation) }
        return SeparableConv2D(
            inputChannels: inputChannels, outputChannels: channels, kernel: 3, dilations: Size(dilation), style: style,
            normalizesBetween: true, activatesBetween: true,
            names: SeparableConv2D.Names(
                depthwise: "depthwise_conv.conv", between: "depthwise_conv.bn", pointwise: "pointwise_conv.conv",
                after: "pointwise_conv.bn"))
    }
}
