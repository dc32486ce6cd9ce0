import NNLayers

/// What the versions of MobileNet have in common: ``MobileNetV1`` and ``MobileNetV2``.
public enum MobileNet {
    /// Batch norm, ReLU6 and He initialization by the number of outputs.
    public static var defaultStyle: ConvolutionStyle {
        ConvolutionStyle(activation: .relu6, initializer: HeNormal(fan: .output))
    }

    /// A number of channels multiplied by a width: a multiple of 8, at least 8, and no more than a tenth
    /// below the product.
    static func channels(_ count: Int, width: Float) -> Int {
        let product = Float(count) * width
        let rounded = max(8, Int(product + 4) / 8 * 8)
        return Float(rounded) < 0.9 * product ? rounded + 8 : rounded
    }

    static func check(width: Float) throws(OptionError) {
        if !(width > 0 && width <= 16) { throw OptionError("width", "must be above 0 and at most 16, not \(width)") }
    }
}

/// MobileNet (Howard et al. 2017): separable convolutions throughout, with timm's names.
public final class MobileNetV1: Backbone {
    /// The channels and the number of convolutions of each group; all groups but the first start with a stride of 2.
    private static let groups = [(64, 1), (128, 2), (256, 2), (512, 6), (1024, 2)]

    @Child("") var stem: ConvNormActivation
    @Child var blocks: [[SeparableConv2D]]

    /// Strides 2, 4, 8, 16 and 32, none beyond the output stride.
    public let features: [FeatureInfo]
    /// The channels of the images.
    public let inputChannels: Int
    /// The padding of strided convolutions.
    public let weightOptions: [String: String]

    /// - Parameters:
    ///   - width: Multiplies every number of channels; up to 16.
    ///   - outputStride: 8, 16 or 32; strides beyond it are replaced by dilation.
    ///   - stridedPadding: The padding of strided convolutions.
    ///   - style: The normalization, activation, initializer, biases and image channels.
    public init(
        width: Float = 1, outputStride: Int = 32, stridedPadding: StridedPadding = .symmetric,
        style: ConvolutionStyle = MobileNet.defaultStyle
    ) {
        requireOptions("MobileNetV1") { try MobileNet.check(width: width) }
        self.inputChannels = style.imageChannels
        weightOptions = ["strided_padding": stridedPadding.rawValue]
        var strides = OutputStride(outputStride)
        var inputChannels = MobileNet.channels(32, width: width)
        let convolution = style.convolution(
            from: style.imageChannels, to: inputChannels, kernel: 3, strides: Size(strides.apply(2)),
            padding: stridedPadding.padding(kernel: 3))
        var features: [FeatureInfo] = []
        let blocks = Self.groups.enumerated().map { group, layout in
            let channels = MobileNet.channels(layout.0, width: width)
            let convolutions = (0..<layout.1).map { index in
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

    /// Computes the feature maps of images `[N, H, W, C]`.
    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = stem(images, context)
        return blocks.map { group in
            map = context.checkpointed(group, map)
            return Feature(map)
        }
    }
}

extension MobileNet {
    /// Options of ``MobileNetV1`` and ``MobileNetV2``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// 1 or 2.
        var version = 2
        /// Multiplies every number of channels; published from 0.25 to 1.4.
        var width: Float = 1
        /// The largest stride of a feature map: 8, 16 or 32; strides beyond it are replaced by dilation.
        var outputStride = 32
        /// The padding of strided convolutions; `tensorflow` for weights of Keras.
        var stridedPadding = StridedPadding.symmetric
        /// The attention after each depthwise convolution of version 2.
        var attention: ConfigNode = "none"
        /// The channels of images: 3 for RGB, 1 for their luminance.
        var inChannels = 3
        var normalization: ConfigNode = "batch_norm"
        var activation: ConfigNode = "relu6"
        var initializer: ConfigNode = ["type": "he_normal", "fan": "output"]

        /// The defaults.
        init() {}

        func validate() throws {
            try check("version", version, oneOf: [1, 2])
            try MobileNet.check(width: width)
            try check("output_stride", outputStride, oneOf: OutputStride.choices)
            try check("in_channels", inChannels, .size)
        }

        func build(_: Void, in registry: Registry) throws -> any Backbone {
            let style = try style(imageChannels: inChannels, in: registry)
            let attention = try registry.build(.attention, from: attention, style)
            if version == 2 {
                return MobileNetV2(
                    width: width, attention: attention, outputStride: outputStride, stridedPadding: stridedPadding,
                    style: style)
            }
            if attention(8) != nil { throw OptionError("attention", "needs version: 2") }
            return MobileNetV1(
                width: width, outputStride: outputStride, stridedPadding: stridedPadding, style: style)
        }
    }
}
