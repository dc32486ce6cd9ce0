import NNLayers

/// 3x3 convolutions in a row, whose results are all concatenated once and mixed by one of 1x1
/// (Lee et al. 2019).
public final class OneShotAggregation: Layer {
    /// What weights the channels of a module's result.
    public enum Attention: String, Sendable, Codable, CaseIterable {
        case none
        /// Effective squeeze-excitation (Lee and Park 2020).
        case effectiveSqueezeExcitation = "ese"
    }

    /// Brings the input to the width of separable convolutions.
    @Child("conv_reduction") var reduction: ConvNormActivation?
    @Child("conv_mid") var convolutions: [any Layer]
    @Child("conv_concat") var aggregation: ConvNormActivation
    @Child("attn") var attention: EffectiveSqueezeExcitation?

    /// Whether the input is concatenated too.
    let concatenatesInput: Bool
    /// Whether the input is added to the result.
    let isResidual: Bool

    /// - Parameters:
    ///   - width: The channels of each 3x3 convolution.
    ///   - isResidual: Needs as many input channels as the module gives.
    ///   - isSeparable: Whether the 3x3 convolutions are separable.
    public init(
        from inputChannels: Int, width: Int, to channels: Int, convolutionCount: Int = 5, dilation: Int = 1,
        concatenatesInput: Bool = false, isResidual: Bool = false, attention: Attention = .none,
        isSeparable: Bool = false, style: ConvolutionStyle
    ) {
        require(
            !isResidual || inputChannels == channels,
            "OneShotAggregation: an input of \(inputChannels) channels cannot be added to a result of \(channels)")
        let isReduced = isSeparable && inputChannels != width
        let convolutions = (0..<convolutionCount).map { index in
            style.vovnetConvolution(
                from: index == 0 && !isReduced ? inputChannels : width, to: width, dilation: dilation,
                isSeparable: isSeparable)
        }
        let concatenated = convolutionCount * width + (concatenatesInput ? inputChannels : 0)
        self.concatenatesInput = concatenatesInput
        self.isResidual = isResidual
        reduction =
            isReduced
            ? ConvNormActivation(style.convolution(from: inputChannels, to: width, kernel: 1), style: style) : nil
        self.convolutions = convolutions
        aggregation = ConvNormActivation(
            style.convolution(from: concatenated, to: channels, kernel: 1), style: style)
        self.attention =
            attention == .effectiveSqueezeExcitation
            ? EffectiveSqueezeExcitation(channels: channels, initializer: style.initializer) : nil
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        var map = reduction?(input, context) ?? input
        var maps = concatenatesInput ? [input] : []
        for convolution in convolutions {
            map = convolution(map, context)
            maps.append(map)
        }
        var result = aggregation(.concatenated(maps, axis: 3), context)
        if let attention { result = attention(result, context) }
        return isResidual ? result + input : result
    }
}

extension ConvolutionStyle {
    /// A 3x3 convolution that keeps the size but for its stride, with timm's names.
    func vovnetConvolution(
        from inputChannels: Int, to channels: Int, stride: Int = 1, dilation: Int = 1, isSeparable: Bool
    ) -> any Layer {
        if isSeparable {
            return SeparableConv2D(
                inputChannels: inputChannels, outputChannels: channels, kernel: 3, strides: Size(stride),
                dilations: Size(dilation), style: self,
                names: .init(depthwise: "conv_dw", pointwise: "conv_pw", after: "bn"))
        }
        return ConvNormActivation(
            convolution(
                from: inputChannels, to: channels, kernel: 3, strides: Size(stride), dilations: Size(dilation)),
            style: self)
    }
}
