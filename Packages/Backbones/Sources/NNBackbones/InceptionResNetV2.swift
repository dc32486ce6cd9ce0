import NNLayers

/// Inception-ResNet version 2 (Szegedy et al. 2016), with the names of its PyTorch weights in timm.
public final class InceptionResNetV2: Backbone {
    @Child var stem: [ConvNormActivation]
    @Child("mixed_5b") var mixed5b: InceptionModule
    @Child("repeat") var repeat1: [InceptionResidual]
    @Child("mixed_6a") var mixed6a: InceptionModule
    @Child("repeat_1") var repeat2: [InceptionResidual]
    @Child("mixed_7a") var mixed7a: InceptionModule
    @Child("repeat_2") var repeat3: [InceptionResidual]
    @Child var block8: InceptionResidual
    @Child("conv2d_7b") var last: ConvNormActivation
    /// Follows the third and the fifth convolution of the stem.
    @Child var pool: MaxPool2D

    /// The channels of the images.
    public let inputChannels: Int
    /// The padding.
    public let weightOptions: [String: String]
    /// Strides 2, 4, 8, 16 and 32.
    public let features = [
        FeatureInfo(channels: 64, stride: 2), FeatureInfo(channels: 192, stride: 4),
        FeatureInfo(channels: 320, stride: 8), FeatureInfo(channels: 1088, stride: 16),
        FeatureInfo(channels: 1536, stride: 32),
    ]

    /// - Parameters:
    ///   - blockCounts: The numbers of residual blocks at the strides 8, 16 and 32, not counting the last block.
    ///   - padding: The padding of the convolutions and pools that were published without; with `.valid`, images have
    ///     at least 75 rows and columns.
    ///   - style: The normalization, activation, initializer, biases and image channels.
    public init(
        blockCounts: [Int] = [10, 20, 9], padding: EdgePadding = .valid,
        style: ConvolutionStyle = InceptionResNetV2.defaultStyle
    ) {
        require(
            blockCounts.count == 3,
            "InceptionResNetV2: there are numbers of blocks at three strides, not \(blockCounts)")
        requireOptions("InceptionResNetV2") { try OptionError.check("blockCounts", counts: blockCounts) }
        self.inputChannels = style.imageChannels
        weightOptions = ["padding": padding.rawValue]
        let layers = InceptionLayers(padding: padding, style: style)
        let stem = [
            layers.narrowing(from: style.imageChannels, to: 32, stride: 2), layers.narrowing(from: 32, to: 32),
            layers.convolution(from: 32, to: 64, kernel: 3), layers.convolution(from: 64, to: 80),
            layers.narrowing(from: 80, to: 192),
        ]
        let names = ["conv2d_1a", "conv2d_2a", "conv2d_2b", "conv2d_3b", "conv2d_4a"]
        _stem = Child(wrappedValue: stem, "", memberNames: names)
        pool = layers.pool
        block8 = layers.block8(scale: 1, activates: false)
        mixed5b = InceptionModule(layers.mixed5b)
        repeat1 = (0..<blockCounts[0]).map { _ in layers.block35() }
        mixed6a = InceptionModule(layers.mixed6a)
        repeat2 = (0..<blockCounts[1]).map { _ in layers.block17() }
        mixed7a = InceptionModule(layers.mixed7a)
        repeat3 = (0..<blockCounts[2]).map { _ in layers.block8() }
        last = layers.convolution(from: 2080, to: 1536)
    }

    /// The batch norm of the published network, with an epsilon of 0.001; ReLU and He initialization by the number of
    /// inputs.
    public static var defaultStyle: ConvolutionStyle {
        ConvolutionStyle(normalization: { BatchNorm(channels: $0, epsilon: 0.001) })
    }

    /// Computes the feature maps of images `[N, H, W, C]`.
    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = images
        func run(_ layers: [any Layer]) -> Feature {
            map = layers.reduce(map) { $1($0, context) }
            return Feature(map)
        }
        return [
            run([stem[0], stem[1], stem[2]]),
            run([pool, stem[3], stem[4]]),
            run([pool, mixed5b] + (repeat1 as [any Layer])),
            run([mixed6a] + (repeat2 as [any Layer])),
            run([mixed7a] + (repeat3 as [any Layer]) + [block8, last]),
        ]
    }
}

extension InceptionResNetV2 {
    /// Options of ``InceptionResNetV2``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// The padding of the convolutions and pools that were published without; with `valid`, images have at least
        /// 75 rows and columns.
        var padding = EdgePadding.valid
        /// The channels of images: 3 for RGB, 1 for their luminance.
        var inChannels = 3
        /// The normalization after each convolution; weights of Keras need `scale: false` too.
        var normalization: ConfigNode = ["type": "batch_norm", "epsilon": 0.001]
        var activation: ConfigNode = "relu"
        var initializer: ConfigNode = "he_normal"

        /// The defaults.
        init() {}

        func validate() throws { try check("in_channels", inChannels, .size) }

        func build(_: Void, in registry: Registry) throws -> any Backbone {
            InceptionResNetV2(padding: padding, style: try style(imageChannels: inChannels, in: registry))
        }
    }
}
