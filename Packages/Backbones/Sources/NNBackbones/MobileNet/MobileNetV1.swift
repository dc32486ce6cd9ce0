import NNLayers

/// MobileNet (Howard et al. 2017): separable convolutions throughout, with timm's names.
public final class MobileNetV1: Backbone {
    /// The channels and number of convolutions of each group; all but the first begin with a stride of 2.
    private static let groups = [(64, 1), (128, 2), (256, 2), (512, 6), (1024, 2)]

    @Child("") var stem: ConvNormActivation
    @Child var blocks: [[SeparableConv2D]]

    /// Strides 2, 4, 8, 16 and 32, or fewer where the output stride is smaller.
    public let features: [FeatureInfo]
    public let inputChannels: Int

    /// - Parameters:
    ///   - width: What every number of channels is multiplied by.
    ///   - outputStride: 8, 16 or 32; strides beyond become dilations.
    ///   - stridedPadding: Of the convolutions that stride.
    public init(
        width: Float = 1, outputStride: Int = 32, stridedPadding: StridedPadding = .symmetric,
        style: ConvolutionStyle = ConvolutionStyle(activation: .relu6, initializer: HeNormal(fan: .output))
    ) {
        self.inputChannels = style.imageChannels
        var strides = OutputStride(outputStride)
        var inputChannels = MobileNet.channels(32, width: width)
        let convolution = style.convolution(
            from: style.imageChannels, to: inputChannels, kernel: 3, strides: Size(strides.apply(2)),
            padding: stridedPadding.padding(kernel: 3))
        var features: [FeatureInfo] = []
        let blocks = Self.groups.enumerated().map { group, form in
            let channels = MobileNet.channels(form.0, width: width)
            let convolutions = (0..<form.1).map { index in
                let dilation = strides.dilation
                let convolution = SeparableConv2D(
                    inputChannels: inputChannels, outputChannels: channels, kernel: 3,
                    strides: Size(index == 0 && group > 0 ? strides.apply(2) : 1),
                    padding: stridedPadding.padding(kernel: 3, dilations: Size(dilation)),
                    dilations: Size(dilation), style: style, normalizesBetween: true, activatesBetween: true,
                    names: .init(depthwise: "conv_dw", between: "bn1", pointwise: "conv_pw", after: "bn2"))
                inputChannels = channels
                return convolution
            }
            features.append(FeatureInfo(channels: channels, stride: strides.reached))
            return convolutions
        }
        self.blocks = blocks
        self.features = features
        stem = ConvNormActivation(convolution, names: ("conv_stem", "bn1"), style: style)
    }

    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = stem(images, context)
        return blocks.map { group in
            for block in group { map = block(map, context) }
            return Feature(map)
        }
    }
}
