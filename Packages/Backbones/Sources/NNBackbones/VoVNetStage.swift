import NNLayers

/// Modules of one-shot aggregation after a max pool.
final class VoVNetStage: Layer {
    /// The pool before the modules.
    struct Pool {
        /// 2, or 1 where the resolution is kept.
        var stride: Int
        var dilation: Int
        /// Whether it is padded at all edges; if not, windows may reach over the bottom and right ones.
        var isPadded: Bool
    }

    @Child var blocks: [OneShotAggregation]
    private let pool: Pool?

    init(pool: Pool?, blocks: [OneShotAggregation]) {
        self.blocks = blocks
        self.pool = pool
    }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        var map = input
        if let pool {
            // A pool that keeps the resolution has to be padded, or it would shrink the map.
            let isPadded = pool.isPadded || pool.stride == 1
            map = map.maxPooled(
                kernel: 3, strides: Size(pool.stride), padding: EdgeInsets(isPadded ? pool.dilation : 0),
                dilations: Size(pool.dilation), ceilMode: !isPadded)
        }
        for block in blocks { map = block(map, context) }
        return map
    }
}

/// 3x3 convolutions in a row, whose results are concatenated once and mixed by a 1x1 convolution
/// (Lee et al. 2019).
final class OneShotAggregation: Layer {
    /// Maps the input to the width of separable convolutions.
    @Child("conv_reduction") var reduction: ConvNormActivation?
    @Child("conv_mid") var convolutions: [any Layer]
    @Child("conv_concat") var aggregation: ConvNormActivation
    @Child("attn") var attention: (any Layer)?

    private let concatenatesInput: Bool
    private let isResidual: Bool

    /// - Parameters:
    ///   - width: The channels of each 3x3 convolution.
    ///   - concatenatesInput: Whether the input is concatenated too.
    ///   - isResidual: Whether the input, which then has as many channels, is added to the result.
    ///   - attention: For the channels of the result.
    ///   - isSeparable: Whether the 3x3 convolutions are separable.
    init(
        from inputChannels: Int, width: Int, to channels: Int, convolutionCount: Int, dilation: Int,
        concatenatesInput: Bool, isResidual: Bool, attention: (any Layer)?, isSeparable: Bool, style: ConvolutionStyle
    ) {
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
        self.attention = attention
    }

    var isCheckpointed: Bool { true }

    func forward(_ input: Tensor, context: Context) -> Tensor {
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
    /// A 3x3 convolution that is padded by a pixel, with timm's names.
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
