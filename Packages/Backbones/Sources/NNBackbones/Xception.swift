import NNLayers

/// Xception (Chollet 2017) with the names of its PyTorch weights: `conv1`, `block1.rep.0.conv1`, ...
///
/// The separable convolutions have no bias, and no layer between their depthwise and pointwise parts.
public final class Xception: Backbone {
    @Child var first: ConvNormActivation
    @Child var second: ConvNormActivation
    @Child var blocks: [XceptionBlock]
    @Child var third: SeparableConv2D
    @Child var fourth: SeparableConv2D
    /// Activates the input of a block.
    @Child var activation: any Layer

    /// Strides 2, 4, 8, 16 and 32, none beyond the output stride; each activated.
    public let features: [FeatureInfo]
    /// The channels of the images.
    public let inputChannels: Int
    /// The paddings.
    public let weightOptions: [String: String]
    /// The index of the block whose input is each feature but the last.
    private let featureBlocks: [Int]

    /// - Parameters:
    ///   - middleBlockCount: The number of blocks of 728 channels in the middle.
    ///   - padding: The padding of the first two convolutions.
    ///   - stridedPadding: The padding of the pools.
    ///   - outputStride: 8, 16 or 32; strides beyond it are replaced by dilation.
    ///   - style: The normalization, activation, initializer, biases and image channels.
    public init(
        middleBlockCount: Int = 8, padding: EdgePadding = .valid, stridedPadding: StridedPadding = .symmetric,
        outputStride: Int = 32, style: ConvolutionStyle = Xception.defaultStyle
    ) {
        requireOptions("Xception") { try OptionError.check("middleBlockCount", count: middleBlockCount) }
        self.inputChannels = style.imageChannels
        weightOptions = ["padding": padding.rawValue, "strided_padding": stridedPadding.rawValue]
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

    /// Batch norm, ReLU and He initialization by the number of outputs.
    public static var defaultStyle: ConvolutionStyle { ConvolutionStyle(initializer: HeNormal(fan: .output)) }

    /// Computes the feature maps of images `[N, H, W, C]`.
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

extension Xception {
    /// Options of ``Xception``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// The padding of the first two convolutions; published without.
        var padding = EdgePadding.valid
        /// The padding of the pools; `tensorflow` for weights of Keras.
        var stridedPadding = StridedPadding.symmetric
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
            try check("output_stride", outputStride, oneOf: OutputStride.choices)
            try check("in_channels", inChannels, .size)
        }

        func build(_: Void, in registry: Registry) throws -> any Backbone {
            Xception(
                padding: padding, stridedPadding: stridedPadding, outputStride: outputStride,
                style: try style(imageChannels: inChannels, in: registry))
        }
    }
}

/// Two or three separable convolutions with a shortcut; in all but the middle blocks a pool follows them, and the
/// shortcut is a 1x1 convolution.
final class XceptionBlock: Module {
    /// The position of a block in the network.
    enum Form {
        /// The first, whose input is already activated.
        case first
        /// One in which the first convolution adds channels.
        case entry
        /// One in the middle: three convolutions of the same number of channels, no pool.
        case plain
        /// One in which the last convolution adds channels.
        case last
    }

    @Child var convolutions: [SeparableConv2D]
    @Child("") var skip: ConvNormActivation?

    private let stride: Int
    private let dilation: Int
    private let stridedPadding: StridedPadding

    init(
        from inputChannels: Int, to channels: Int, form: Form, stride: Int, dilation: Int,
        stridedPadding: StridedPadding, style: ConvolutionStyle
    ) {
        let count = form == .plain ? 3 : 2
        let convolutions = (0..<count).map { index in
            let isLast = index == count - 1
            // The published names count activations: rep.0 is the one before the first convolution, which
            // the first block lacks.
            let number = 3 * index + (form == .first ? 0 : 1)
            return SeparableConv2D(
                inputChannels: index == 0 || form == .last ? inputChannels : channels,
                outputChannels: form == .last && !isLast ? inputChannels : channels, kernel: 3,
                dilations: Size(dilation), style: style, activates: !isLast,
                names: .init(
                    depthwise: "rep.\(number).conv1", pointwise: "rep.\(number).pointwise", after: "rep.\(number + 1)"))
        }
        _convolutions = Child(wrappedValue: convolutions, "", memberNames: convolutions.map { _ in "" })
        let convolution = style.convolution(from: inputChannels, to: channels, kernel: 1, strides: Size(stride))
        self.stride = stride
        self.dilation = dilation
        self.stridedPadding = stridedPadding
        skip =
            form == .plain
            ? nil : ConvNormActivation(convolution, names: ("skip", "skipbn"), style: style, activates: false)
    }

    /// - Parameters:
    ///   - input: The input of the shortcut.
    ///   - activated: The activated input, for the convolutions.
    func callAsFunction(_ input: Tensor, activated: Tensor, _ context: Context) -> Tensor {
        context.observe(self) {
            context.checkpointed([self], [input, activated]) { maps, context in
                [self.forward(maps[0], activated: maps[1], context)]
            }[0]
        }
    }

    private func forward(_ input: Tensor, activated: Tensor, _ context: Context) -> Tensor {
        var map = activated
        for convolution in convolutions.dropLast() { map = convolution(map, context) }
        let last = convolutions[convolutions.count - 1]
        guard let skip else { return last(map, residual: input, context) }
        map = last(map, context)
        let (strides, dilations) = (Size(stride), Size(dilation))
        let insets = stridedPadding.insets(for: map, kernel: 3, strides: strides, dilations: dilations)
        let pooled = map.maxPooled(kernel: 3, strides: strides, padding: insets, dilations: dilations)
        return skip(input, residual: pooled, context)
    }
}
