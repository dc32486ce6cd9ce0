import NNLayers

/// The network of one-shot aggregation (Lee et al. 2019; second version: Lee and Park 2020), with the
/// names of timm.
///
/// A stem of three 3x3 convolutions, then stages of modules, each stage after a 3x3 max pool of stride 2.
public final class VoVNet: Backbone {
    @Child var stem: [any Layer]
    @Child var stages: [VoVNetStage]

    /// Strides 4, 8, 16 and 32, or up to the output stride.
    public let features: [FeatureInfo]
    public let inputChannels: Int

    /// - Parameters:
    ///   - stemStride: 2, with a pool before every stage; or 4, with a stride in the third convolution in
    ///     place of the pool before the first stage.
    ///   - padsPools: Whether pools are padded by a pixel; if not, their last window may reach over the
    ///     edge instead, as in the published networks.
    ///   - concatenatesInput: Whether modules concatenate their input too, as in the published networks.
    ///   - isResidual: Whether every module of a stage but the first adds its input to its result.
    ///   - attention: What weights the channels at the end of each stage.
    ///   - isSeparable: Whether 3x3 convolutions but the first are separable; modules then bring their input to
    ///     their width by one of 1x1.
    ///   - outputStride: 8, 16 or 32: the stride that is not exceeded; what comes after is dilated
    ///     instead, so that it sees as much of the image.
    public init(
        layout: VoVNetLayout, stemStride: Int = 2, padsPools: Bool = true, concatenatesInput: Bool = false,
        isResidual: Bool = false, attention: OneShotAggregation.Attention = .none, isSeparable: Bool = false,
        outputStride: Int = 32, style: ConvolutionStyle = ConvolutionStyle(activation: .mish)
    ) {
        require(layout.stem.count == 3, "VoVNet: a stem of \(layout.stem.count) convolutions, not 3")
        require([2, 4].contains(stemStride), "VoVNet: a stem of stride \(stemStride), not 2 or 4")
        self.inputChannels = style.imageChannels
        var channels = style.imageChannels
        var stem: [any Layer] = []
        for (width, stride) in zip(layout.stem, [2, 1, stemStride / 2]) {
            stem.append(
                style.vovnetConvolution(
                    from: channels, to: width, stride: stride, isSeparable: isSeparable && !stem.isEmpty))
            channels = width
        }
        var stages: [VoVNetStage] = []
        var features: [FeatureInfo] = []
        var strides = OutputStride(outputStride)
        _ = strides.apply(stemStride)
        for stage in layout.stages {
            var pool: VoVNetStage.Pool?
            if stemStride == 2 || !stages.isEmpty {
                let dilation = strides.dilation
                pool = VoVNetStage.Pool(stride: strides.apply(2), dilation: dilation, isPadded: padsPools)
            }
            let blocks = (0..<stage.moduleCount).map { index in
                let isLast = index == stage.moduleCount - 1
                return OneShotAggregation(
                    from: index == 0 ? channels : stage.channels, width: stage.width, to: stage.channels,
                    convolutionCount: layout.convolutionCount, dilation: strides.dilation,
                    concatenatesInput: concatenatesInput, isResidual: isResidual && index > 0,
                    attention: isLast ? attention : .none, isSeparable: isSeparable, style: style)
            }
            stages.append(VoVNetStage(pool: pool, blocks: blocks))
            features.append(FeatureInfo(channels: stage.channels, stride: strides.reached))
            channels = stage.channels
        }
        self.stem = stem
        self.stages = stages
        self.features = features
    }

    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = images
        for convolution in stem { map = convolution(map, context) }
        return stages.map { stage in
            map = stage(map, context)
            return Feature(map)
        }
    }
}
