import NNLayers

/// MobileNet version 2 (Sandler et al. 2018): inverted residuals, with torchvision's names.
public final class MobileNetV2: Backbone {
    /// The groups of blocks: how much they expand, their channels, how many they are, the stride of the first.
    private static let groups: [(expansion: Int, channels: Int, count: Int, stride: Int)] = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
        (6, 160, 3, 2), (6, 320, 1, 1),
    ]

    @Child("features.0") var stem: ConvNormActivation
    @Child var blocks: [InvertedResidual]
    @Child var last: ConvNormActivation

    /// Strides 2, 4, 8, 16 and 32, or fewer where the output stride is smaller; the last has 1280 channels.
    public let features: [FeatureInfo]
    public let inputChannels: Int
    /// How many blocks have run when each feature but the last is taken.
    private let featureBlocks: [Int]

    /// - Parameters:
    ///   - width: What every number of channels is multiplied by; above 1 the last one's too.
    ///   - outputStride: 8, 16 or 32; strides beyond become dilations.
    ///   - stridedPadding: Of the convolutions that stride.
    public init(
        width: Float = 1, outputStride: Int = 32, stridedPadding: StridedPadding = .symmetric,
        style: ConvolutionStyle = ConvolutionStyle(activation: .relu6, initializer: HeNormal(fan: .output))
    ) {
        self.inputChannels = style.imageChannels
        var strides = OutputStride(outputStride)
        var channels = MobileNet.channels(32, width: width)
        let first = style.convolution(
            from: style.imageChannels, to: channels, kernel: 3, strides: Size(strides.apply(2)),
            padding: stridedPadding.padding(kernel: 3))
        var features: [FeatureInfo] = []
        var featureBlocks: [Int] = []
        var blocks: [InvertedResidual] = []
        for group in Self.groups {
            if group.stride == 2 {
                featureBlocks.append(blocks.count)
                features.append(FeatureInfo(channels: channels, stride: strides.reached))
            }
            for index in 0..<group.count {
                let dilation = strides.dilation
                let outputChannels = MobileNet.channels(group.channels, width: width)
                blocks.append(
                    InvertedResidual(
                        from: channels, to: outputChannels, expansion: group.expansion,
                        stride: index == 0 ? strides.apply(group.stride) : 1,
                        isResidual: (index > 0 || group.stride == 1) && channels == outputChannels,
                        dilation: dilation, stridedPadding: stridedPadding, style: style))
                channels = outputChannels
            }
        }
        _blocks = Child(wrappedValue: blocks, "features", memberNames: blocks.indices.map { String($0 + 1) })
        let lastChannels = MobileNet.channels(1280, width: Swift.max(width, 1))
        let last = style.convolution(from: channels, to: lastChannels, kernel: 1)
        _last = Child(
            wrappedValue: ConvNormActivation(last, names: ("0", "1"), style: style), "features.\(blocks.count + 1)")
        self.features = features + [FeatureInfo(channels: lastChannels, stride: strides.reached)]
        self.featureBlocks = featureBlocks
        stem = ConvNormActivation(first, names: ("0", "1"), style: style)
    }

    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = stem(images, context)
        var features: [Feature] = []
        for (index, block) in blocks.enumerated() {
            if featureBlocks.contains(index) { features.append(Feature(map)) }
            map = block(map, context)
        }
        return features + [Feature(last(map, context))]
    }
}
