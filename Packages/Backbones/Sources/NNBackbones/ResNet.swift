import NNLayers

/// The residual network for large images (He et al. 2016), with torchvision's names.
///
/// As in torchvision ("v1.5") the 3x3 convolution of a bottleneck is strided, not the 1x1 convolution before it; an
/// option strides that one, as in the paper and in Keras. With `SqueezeExcitation` as attention it is SE-ResNet (Hu et
/// al. 2018), with timm's names.
///
/// ```swift
/// ResNet(depth: 50, outputStride: 8)
/// ResNet(depth: 50, attention: { SqueezeExcitation(channels: $0) })
/// ```
public final class ResNet: Backbone {
    /// The width and depth of a network.
    public struct Layout: Hashable, Sendable {
        /// The number of blocks in each of the four groups.
        public var blockCounts: [Int]
        /// Whether blocks are 1x1, 3x3 and 1x1 convolutions instead of two 3x3 ones.
        public var isBottleneck: Bool
        /// The channels of the 3x3 convolutions in each group; a bottleneck outputs four times as many.
        public var widths: [Int]

        /// - Parameters:
        ///   - blockCounts: The number of blocks in each of the four groups.
        ///   - isBottleneck: Whether blocks are 1x1, 3x3 and 1x1 convolutions instead of two 3x3 ones.
        ///   - widths: The channels of the 3x3 convolutions in each group.
        public init(blockCounts: [Int], isBottleneck: Bool, widths: [Int] = [64, 128, 256, 512]) {
            self.blockCounts = blockCounts
            self.isBottleneck = isBottleneck
            self.widths = widths
        }

        /// The published networks by depth.
        public static let published = [
            18: Layout(blockCounts: [2, 2, 2, 2], isBottleneck: false),
            34: Layout(blockCounts: [3, 4, 6, 3], isBottleneck: false),
            50: Layout(blockCounts: [3, 4, 6, 3], isBottleneck: true),
            101: Layout(blockCounts: [3, 4, 23, 3], isBottleneck: true),
            152: Layout(blockCounts: [3, 8, 36, 3], isBottleneck: true),
        ]
    }

    @Child("") var stem: ConvNormActivation
    @Child var layer1: [ResNetBlock]
    @Child var layer2: [ResNetBlock]
    @Child var layer3: [ResNetBlock]
    @Child var layer4: [ResNetBlock]

    /// Strides 4, 8, 16 and 32, none beyond the output stride.
    public let features: [FeatureInfo]
    /// The channels of the images.
    public let inputChannels: Int
    /// The type, biases, which convolutions are strided, and the output stride.
    public let weightOptions: [String: String]

    /// A published network.
    /// - Parameters:
    ///   - depth: The number of layers with weights: 18, 34, 50, 101 or 152.
    ///   - zeroInitResidual: Whether the last scale of each block starts at zero, so that the block starts as the
    ///     identity (Goyal et al. 2017).
    ///   - stridesFirst: Whether the first 1x1 convolution of a bottleneck is the strided one.
    ///   - attention: Makes the attention at the end of each block's residual branch, before the addition.
    ///   - outputStride: 8, 16 or 32; strides beyond it are replaced by dilation.
    ///   - style: The normalization, activation, initializer, biases and image channels.
    public convenience init(
        depth: Int = 50, zeroInitResidual: Bool = false, stridesFirst: Bool = false,
        attention: (_ channels: Int) -> (any Layer)? = { _ in nil }, outputStride: Int = 32,
        style: ConvolutionStyle = ResNet.defaultStyle
    ) {
        self.init(
            layout: requireOptions("ResNet") { try Layout.published.layout(ofDepth: depth) },
            zeroInitResidual: zeroInitResidual, stridesFirst: stridesFirst, attention: attention,
            outputStride: outputStride, style: style)
    }

    /// A network of any width and depth; parameters as of ``init(depth:zeroInitResidual:stridesFirst:attention:outputStride:style:)``.
    public init(
        layout: Layout, zeroInitResidual: Bool = false, stridesFirst: Bool = false,
        attention: (_ channels: Int) -> (any Layer)? = { _ in nil }, outputStride: Int = 32,
        style: ConvolutionStyle = ResNet.defaultStyle
    ) {
        require(
            layout.blockCounts.count == 4 && layout.widths.count == 4,
            "ResNet: there are four groups of blocks, not \(layout.blockCounts) of widths \(layout.widths)")
        requireOptions("ResNet") {
            try OptionError.check("blockCounts", counts: layout.blockCounts)
            try OptionError.check("widths", widths: layout.widths)
            try Self.check(zeroInitResidual: zeroInitResidual, style: style)
        }
        self.inputChannels = style.imageChannels
        weightOptions = [
            "type": "resnet", "conv_bias": "\(style.hasBias)", "strides_first": "\(stridesFirst)",
            "output_stride": "\(outputStride)",
        ]
        var strides = OutputStride(outputStride)
        let convolution = style.convolution(
            from: style.imageChannels, to: 64, kernel: 7, strides: Size(strides.apply(2)))
        _ = strides.apply(2)  // of the pool

        var inputChannels = 64
        var features: [FeatureInfo] = []
        func group(_ index: Int) -> [ResNetBlock] {
            let blocks = (0..<layout.blockCounts[index]).map { block in
                let dilation = strides.dilation
                let stride = block == 0 && index > 0 ? strides.apply(2) : 1
                let channels = layout.isBottleneck ? 4 * layout.widths[index] : layout.widths[index]
                defer { inputChannels = channels }
                return ResNetBlock(
                    from: inputChannels, width: layout.widths[index], to: channels, isBottleneck: layout.isBottleneck,
                    stride: stride, dilations: (dilation, strides.dilation), zeroInitResidual: zeroInitResidual,
                    stridesFirst: stridesFirst, attention: attention(channels), style: style)
            }
            features.append(FeatureInfo(channels: inputChannels, stride: strides.reached))
            return blocks
        }
        layer1 = group(0)
        layer2 = group(1)
        layer3 = group(2)
        layer4 = group(3)
        self.features = features
        stem = ConvNormActivation(convolution, names: ("conv1", "bn1"), style: style)
    }

    /// Batch norm, ReLU and He initialization by the number of outputs.
    public static var defaultStyle: ConvolutionStyle { ConvolutionStyle(initializer: HeNormal(fan: .output)) }

    /// Checks that there is a scale where one is to start at zero.
    fileprivate static func check(zeroInitResidual: Bool, style: ConvolutionStyle) throws(OptionError) {
        if zeroInitResidual, style.normalization(64).flatMap(ResNetBlock.scale) == nil {
            throw OptionError("zero_init_residual", "needs a normalization with a scale, which can start at zero")
        }
    }

    /// Computes the feature maps of images `[N, H, W, C]`.
    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = stem(images, context).maxPooled(kernel: 3, strides: 2, padding: 1)
        return [layer1, layer2, layer3, layer4].map { group in
            for block in group { map = block(map, context) }
            return Feature(map)
        }
    }
}

extension ResNet {
    /// Options of ``ResNet``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// The number of layers with weights: 18, 34, 50, 101 or 152.
        var depth = 50
        /// Whether convolutions have biases, as in Keras.
        var convBias = false
        /// Whether the first 1x1 convolution of a bottleneck is strided instead of the 3x3 one, as in the paper and in
        /// Keras.
        var stridesFirst = false
        /// Whether the last scale of each block starts at zero, so that the block starts as the identity (Goyal et al.
        /// 2017).
        var zeroInitResidual = false
        /// The attention at the end of each block's residual branch.
        var attention: ConfigNode = "none"
        /// The largest stride of a feature map: 8, 16 or 32; strides beyond it are replaced by dilation.
        var outputStride = 32
        /// The channels of images: 3 for RGB, 1 for their luminance.
        var inChannels = 3
        var normalization: ConfigNode = "batch_norm"
        var activation: ConfigNode = "relu"
        var initializer: ConfigNode = ["type": "he_normal", "fan": "output"]

        /// The defaults.
        init() {}

        func validate() throws {
            _ = try Layout.published.layout(ofDepth: depth)
            try check("output_stride", outputStride, oneOf: OutputStride.choices)
            try check("in_channels", inChannels, .size)
        }

        func build(_: Void, in registry: Registry) throws -> any Backbone {
            let style = try style(hasBias: convBias, imageChannels: inChannels, in: registry)
            try ResNet.check(zeroInitResidual: zeroInitResidual, style: style)
            return ResNet(
                depth: depth, zeroInitResidual: zeroInitResidual, stridesFirst: stridesFirst,
                attention: try registry.build(.attention, from: attention, style), outputStride: outputStride,
                style: style)
        }
    }
}

/// A residual block: two 3x3 convolutions, or 1x1, 3x3 and 1x1, and a shortcut.
final class ResNetBlock: Layer {
    @Child("") var first: ConvNormActivation
    @Child("") var second: ConvNormActivation
    @Child("") var third: ConvNormActivation?
    @Child("se") var attention: (any Layer)?
    /// Maps the input to the shape of the result where they differ.
    @Child var downsample: ConvNormActivation?
    /// Follows the addition where an attention separates that from the last convolution.
    @Child var activation: (any Layer)?

    /// - Parameters:
    ///   - dilations: Of the convolution that is strided, or would be without an output stride, and of those after it.
    ///   - stridesFirst: Whether the 1x1 convolution before a bottleneck's 3x3 one is strided.
    init(
        from inputChannels: Int, width: Int, to channels: Int, isBottleneck: Bool, stride: Int,
        dilations: (Int, Int), zeroInitResidual: Bool, stridesFirst: Bool, attention: (any Layer)?,
        style: ConvolutionStyle
    ) {
        let lastNumber = isBottleneck ? 3 : 2
        func block(
            _ number: Int, from inputChannels: Int, to channels: Int, kernel: Size, stride: Int, dilation: Int = 1
        ) -> ConvNormActivation {
            let convolution = style.convolution(
                from: inputChannels, to: channels, kernel: kernel, strides: Size(stride), dilations: Size(dilation))
            return ConvNormActivation(
                convolution, names: ("conv\(number)", "bn\(number)"), style: style,
                activates: number < lastNumber || attention == nil)
        }
        let convolution = style.convolution(from: inputChannels, to: channels, kernel: 1, strides: Size(stride))
        downsample =
            stride == 1 && inputChannels == channels
            ? nil : ConvNormActivation(convolution, names: ("0", "1"), style: style, activates: false)
        activation = attention == nil ? nil : style.activation()
        self.attention = attention
        if isBottleneck {
            first = block(1, from: inputChannels, to: width, kernel: 1, stride: stridesFirst ? stride : 1)
            second = block(
                2, from: width, to: width, kernel: 3, stride: stridesFirst ? 1 : stride,
                dilation: stridesFirst ? dilations.1 : dilations.0)
            third = block(3, from: width, to: channels, kernel: 1, stride: 1)
        } else {
            first = block(1, from: inputChannels, to: width, kernel: 3, stride: stride, dilation: dilations.0)
            second = block(2, from: width, to: channels, kernel: 3, stride: 1, dilation: dilations.1)
            third = nil
        }
        if zeroInitResidual, let normalization = (third ?? second).normalization {
            Self.scale(of: normalization)?.initializer = ConstantInitializer(value: 0)
        }
    }

    /// The scale of a normalization; nil where it has none.
    static func scale(of normalization: any Layer) -> Parameter? {
        ModuleTree(normalization).parameters.first { $0.name == "weight" }?.parameter
    }

    var isCheckpointed: Bool { true }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        let shortcut = downsample?(input, context) ?? input
        var (inner, last) = (first(input, context), second)
        if let third { (inner, last) = (second(inner, context), third) }
        guard let attention, let activation else { return last(inner, residual: shortcut, context) }
        return activation(attention(last(inner, context), context) + shortcut, context)
    }
}
