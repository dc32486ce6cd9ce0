import NNLayers

/// A 1x1 convolution that expands, a depthwise 3x3 one, and a linear 1x1 one that narrows again; the input
/// is led around where it fits (Sandler et al. 2018).
final class InvertedResidual: Layer {
    @Child("conv.0") var expansion: ConvNormActivation?
    @Child var depthwise: ConvNormActivation
    @Child("conv") var projection: ConvNormActivation

    private let isResidual: Bool

    init(
        from inputChannels: Int, to channels: Int, expansion: Int, stride: Int, isResidual: Bool, dilation: Int,
        stridedPadding: StridedPadding, style: ConvolutionStyle
    ) {
        let inner = inputChannels * expansion
        // Published networks have a sequence `conv`, in which the first block lacks the expansion.
        let place = expansion == 1 ? 0 : 1
        let widening = style.convolution(from: inputChannels, to: inner, kernel: 1)
        let filtering = style.convolution(
            from: inner, to: inner, kernel: 3, strides: Size(stride),
            padding: stridedPadding.padding(kernel: 3, dilations: Size(dilation)), dilations: Size(dilation),
            groups: inner)
        let narrowing = style.convolution(from: inner, to: channels, kernel: 1)
        _depthwise = Child(
            wrappedValue: ConvNormActivation(filtering, names: ("0", "1"), style: style), "conv.\(place)")
        self.isResidual = isResidual
        self.expansion =
            expansion == 1
            ? nil : ConvNormActivation(widening, names: ("0", "1"), style: style)
        projection = ConvNormActivation(
            narrowing, names: ("\(place + 1)", "\(place + 2)"), style: style, activates: false)
    }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        let expanded = expansion?(input, context) ?? input
        return projection(depthwise(expanded, context), residual: isResidual ? input : nil, context)
    }
}
