import NNLayers

/// MobileNet version 2 (Sandler et al. 2018): inverted residuals, with torchvision's names.
///
/// An attention follows each depthwise convolution, where version 3 has squeeze and excitation (Howard et al. 2019).
public final class MobileNetV2: Backbone {
    /// The groups of blocks: how much they expand, their channels, their number, the stride of the first.
    private static let groups: [(expansion: Int, channels: Int, count: Int, stride: Int)] = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
        (6, 160, 3, 2), (6, 320, 1, 1),
    ]

    @Child("features.0") var stem: ConvNormActivation
    @Child var blocks: [InvertedResidual]
    @Child var last: ConvNormActivation

    /// Strides 2, 4, 8, 16 and 32, none beyond the output stride; the last feature has 1280 channels.
    public let features: [FeatureInfo]
    /// The channels of the images.
    public let inputChannels: Int
    /// The padding of strided convolutions.
    public let weightOptions: [String: String]
    /// The number of blocks before each feature but the last.
    private let featureBlocks: [Int]

    /// - Parameters:
    ///   - width: Multiplies every number of channels, the last one only where it is above 1; up to 16.
    ///   - attention: Makes the attention after each depthwise convolution.
    ///   - outputStride: 8, 16 or 32; strides beyond it are replaced by dilation.
    ///   - stridedPadding: The padding of strided convolutions.
    ///   - style: The normalization, activation, initializer, biases and image channels.
    public init(
        width: Float = 1, attention: (_ channels: Int) -> (any Layer)? = { _ in nil }, outputStride: Int = 32,
        stridedPadding: StridedPadding = .symmetric, style: ConvolutionStyle = MobileNet.defaultStyle
    ) {
        requireOptions("MobileNetV2") { try MobileNet.check(width: width) }
        self.inputChannels = style.imageChannels
        weightOptions = ["strided_padding": stridedPadding.rawValue]
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
                        dilation: dilation, stridedPadding: stridedPadding, attention: attention, style: style))
                channels = outputChannels
            }
        }
        _blocks = Child(wrappedValue: blocks, "features", memberNames: blocks.indices.map { String($0 + 1) })
        let lastChannels = MobileNet.channels(1280, width: max(width, 1))
        let last = style.convolution(from: channels, to: lastChannels, kernel: 1)
        _last = Child(
            wrappedValue: ConvNormActivation(last, names: ("0", "1"), style: style), "features.\(blocks.count + 1)")
        self.features = features + [FeatureInfo(channels: lastChannels, stride: strides.reached)]
        self.featureBlocks = featureBlocks
        stem = ConvNormActivation(first, names: ("0", "1"), style: style)
    }

    /// Computes the feature maps of images `[N, H, W, C]`.
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

/// A 1x1 convolution that expands, a depthwise 3x3 one, and a linear 1x1 one that narrows again, with a shortcut where
/// the shapes agree (Sandler et al. 2018).
final class InvertedResidual: Layer {
    @Child("conv.0") var expansion: ConvNormActivation?
    @Child var depthwise: ConvNormActivation
    @Child("se") var attention: (any Layer)?
    @Child("conv") var projection: ConvNormActivation

    private let isResidual: Bool

    init(
        from inputChannels: Int, to channels: Int, expansion: Int, stride: Int, isResidual: Bool, dilation: Int,
        stridedPadding: StridedPadding, attention: (_ channels: Int) -> (any Layer)?, style: ConvolutionStyle
    ) {
        let inner = inputChannels * expansion
        // Published networks have a sequence `conv`, in which the first block lacks the expansion.
        let index = expansion == 1 ? 0 : 1
        let widening = style.convolution(from: inputChannels, to: inner, kernel: 1)
        let filtering = style.convolution(
            from: inner, to: inner, kernel: 3, strides: Size(stride),
            padding: stridedPadding.padding(kernel: 3, dilations: Size(dilation)), dilations: Size(dilation),
            groups: inner)
        let narrowing = style.convolution(from: inner, to: channels, kernel: 1)
        _depthwise = Child(
            wrappedValue: ConvNormActivation(filtering, names: ("0", "1"), style: style), "conv.\(index)")
        self.isResidual = isResidual
        self.expansion = expansion == 1 ? nil : ConvNormActivation(widening, names: ("0", "1"), style: style)
        self.attention = attention(inner)
        projection = ConvNormActivation(
            narrowing, names: ("\(index + 1)", "\(index + 2)"), style: style, activates: false)
    }

    var isCheckpointed: Bool { true }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        var map = depthwise(expansion?(input, context) ?? input, context)
        if let attention { map = attention(map, context) }
        return projection(map, residual: isResidual ? input : nil, context)
    }
}
