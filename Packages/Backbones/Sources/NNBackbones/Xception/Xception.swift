import NNLayers

/// Xception (Chollet 2017) with the names of its PyTorch weights: `conv1`, `block1.rep.0.conv1`, ...
///
/// The separable convolutions have no bias, and nothing between their halves.
public final class Xception: Backbone {
    @Child var first: ConvNormActivation
    @Child var second: ConvNormActivation
    @Child var blocks: [XceptionBlock]
    @Child var third: SeparableConv2D
    @Child var fourth: SeparableConv2D
    /// Activates what goes into a block.
    @Child var activation: any Layer

    /// Strides 2, 4, 8, 16 and 32, or fewer where the output stride is smaller; each activated.
    public let features: [FeatureInfo]
    public let inputChannels: Int
    /// The block before which each feature but the last is taken, counted from 0.
    private let featureBlocks: [Int]

    /// - Parameters:
    ///   - middleBlockCount: How many blocks of 728 channels stand in the middle.
    ///   - padding: Of the first two convolutions.
    ///   - stridedPadding: Of the poolings.
    ///   - outputStride: 8, 16 or 32; strides beyond become dilations.
    public init(
        middleBlockCount: Int = 8, padding: EdgePadding = .valid, stridedPadding: StridedPadding = .symmetric,
        outputStride: Int = 32,
        style: ConvolutionStyle = ConvolutionStyle(initializer: HeNormal(fan: .output))
    ) {
        self.inputChannels = style.imageChannels
        var strides = OutputStride(outputStride)
        func stem(_ number: Int, from inputChannels: Int, to channels: Int, stride: Int) -> Child<ConvNormActivation> {
            let convolution = style.convolution(
                from: inputChannels, to: channels, kernel: 3, strides: Size(strides.apply(stride)),
                padding: .explicit(padding.insets(kernel: 3)))
            return Child(
                wrappedValue: ConvNormActivation(convolution, names: ("conv\(number)", "bn\(number)"), style: style), ""
            )
        }
        _first = stem(1, from: style.imageChannels, to: 32, stride: 2)
        _second = stem(2, from: 32, to: 64, stride: 1)

        var features = [FeatureInfo(channels: 64, stride: strides.reached)]
        let ends = [128, 256, 728] + Array(repeating: 728, count: middleBlockCount) + [1024]
        let blocks = ends.enumerated().map { index, channels in
            let inputChannels = index == 0 ? 64 : ends[index - 1]
            let isMiddle = inputChannels == channels
            let dilation = strides.dilation
            let block = XceptionBlock(
                from: inputChannels, to: channels,
                form: isMiddle ? .plain : index == 0 ? .first : channels == 1024 ? .last : .entry,
                stride: isMiddle ? 1 : strides.apply(2), dilation: dilation, stridedPadding: stridedPadding,
                style: style)
            if index < 2 || channels == 728 && index == ends.count - 2 {
                features.append(FeatureInfo(channels: channels, stride: strides.reached))
            }
            return block
        }
        _blocks = Child(wrappedValue: blocks, "", memberNames: blocks.indices.map { "block\($0 + 1)" })

        func tail(_ number: Int, from inputChannels: Int, to channels: Int) -> Child<SeparableConv2D> {
            Child(
                wrappedValue: SeparableConv2D(
                    inputChannels: inputChannels, outputChannels: channels, kernel: 3,
                    dilations: Size(strides.dilation), style: style,
                    names: .init(
                        depthwise: "conv\(number).conv1", pointwise: "conv\(number).pointwise", after: "bn\(number)")),
                "")
        }
        _third = tail(3, from: 1024, to: 1536)
        _fourth = tail(4, from: 1536, to: 2048)
        activation = style.activation()
        self.features = features + [FeatureInfo(channels: 2048, stride: strides.reached)]
        featureBlocks = [0, 1, 2, ends.count - 1]
    }

    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = second(first(images, context), context)
        var features: [Feature] = []
        for (index, block) in blocks.enumerated() {
            // The stem has activated its own result.
            let activated = index == 0 ? map : activation(map, context)
            if featureBlocks.contains(index) { features.append(Feature(activated)) }
            map = block(map, activated: activated, context)
        }
        return features + [Feature(fourth(third(map, context), context))]
    }
}
