import NNLayers

/// DenseNet (Huang et al. 2017) with bottlenecks and compression, and torchvision's names.
///
/// ```swift
/// DenseNet(depth: 121, outputStride: 16)
/// ```
public final class DenseNet: Backbone {
    /// The width and depth of a network.
    public struct Layout: Hashable, Sendable {
        /// The channels that each layer adds.
        public var growth: Int
        /// The number of layers in each dense block.
        public var layerCounts: [Int]
        /// The channels of the first convolution.
        public var stemChannels: Int

        /// - Parameters:
        ///   - growth: The channels that each layer adds.
        ///   - layerCounts: The number of layers in each dense block.
        ///   - stemChannels: The channels of the first convolution.
        public init(growth: Int, layerCounts: [Int], stemChannels: Int) {
            self.growth = growth
            self.layerCounts = layerCounts
            self.stemChannels = stemChannels
        }

        /// The published networks by depth.
        public static let published = [
            121: Layout(growth: 32, layerCounts: [6, 12, 24, 16], stemChannels: 64),
            161: Layout(growth: 48, layerCounts: [6, 12, 36, 24], stemChannels: 96),
            169: Layout(growth: 32, layerCounts: [6, 12, 32, 32], stemChannels: 64),
            201: Layout(growth: 32, layerCounts: [6, 12, 48, 32], stemChannels: 64),
        ]
    }

    @Child("features") var stem: ConvNormActivation
    @Child var blocks: [DenseBlock]
    @Child var transitions: [DenseTransition]
    @Child("features") var last: NormActivation

    /// Strides 4, 8, 16 and 32, none beyond the output stride; each normalized and activated.
    public let features: [FeatureInfo]
    /// The channels of the images.
    public let inputChannels: Int

    /// A published network.
    /// - Parameters:
    ///   - depth: The number of layers with weights: 121, 161, 169 or 201.
    ///   - dropout: The part of each layer's result that training drops, from 0 to below 1.
    ///   - outputStride: 8, 16 or 32; pools beyond it are left out and replaced by dilation.
    ///   - style: The normalization, activation, initializer, biases and image channels.
    public convenience init(
        depth: Int = 121, dropout: Float = 0, outputStride: Int = 32, style: ConvolutionStyle = DenseNet.defaultStyle
    ) {
        self.init(
            layout: requireOptions("DenseNet") { try Layout.published.layout(ofDepth: depth) }, dropout: dropout,
            outputStride: outputStride, style: style)
    }

    /// A network of any width and depth; parameters as of ``init(depth:dropout:outputStride:style:)``.
    public init(
        layout: Layout, dropout: Float = 0, outputStride: Int = 32, style: ConvolutionStyle = DenseNet.defaultStyle
    ) {
        require(!layout.layerCounts.isEmpty, "DenseNet: there is no network of \(layout.layerCounts) layers")
        requireOptions("DenseNet") {
            try OptionError.check("layerCounts", counts: layout.layerCounts)
            try OptionError.check("growth", layout.growth, .size)
            try OptionError.check("stemChannels", layout.stemChannels, .size)
            try OptionError.check("dropout", dropout, .fractionBelowOne)
        }
        self.inputChannels = style.imageChannels
        var strides = OutputStride(outputStride)
        let convolution = style.convolution(
            from: style.imageChannels, to: layout.stemChannels, kernel: 7, strides: Size(strides.apply(2)))
        _ = strides.apply(2)  // of the pool

        var channels = layout.stemChannels
        var blocks: [DenseBlock] = []
        var transitions: [DenseTransition] = []
        var features: [FeatureInfo] = []
        for (index, count) in layout.layerCounts.enumerated() {
            let block = DenseBlock(
                from: channels, growth: layout.growth, layerCount: count, dilation: strides.dilation,
                dropout: dropout, style: style)
            blocks.append(block)
            channels = block.channels
            features.append(FeatureInfo(channels: channels, stride: strides.reached))
            if index < layout.layerCounts.count - 1 {
                transitions.append(
                    DenseTransition(from: channels, to: channels / 2, stride: strides.apply(2), style: style))
                channels /= 2
            }
        }
        _blocks = Child(wrappedValue: blocks, "features", memberNames: blocks.indices.map { "denseblock\($0 + 1)" })
        _transitions = Child(
            wrappedValue: transitions, "features", memberNames: transitions.indices.map { "transition\($0 + 1)" })
        self.features = features
        stem = ConvNormActivation(convolution, names: ("conv0", "norm0"), style: style)
        last = NormActivation(channels: channels, name: "norm5", style: style)
    }

    /// Batch norm, ReLU and He initialization by the number of inputs.
    public static var defaultStyle: ConvolutionStyle { ConvolutionStyle() }

    /// Computes the feature maps of images `[N, H, W, C]`.
    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = stem(images, context).maxPooled(kernel: 3, strides: 2, padding: 1)
        var features: [Feature] = []
        for (block, transition) in zip(blocks, transitions) {
            let activated = transition.activated(block(map, context), context)
            features.append(Feature(activated))
            map = transition(activated, context)
        }
        return features + [Feature(last(blocks[blocks.count - 1](map, context), context))]
    }
}

extension DenseNet {
    /// Options of ``DenseNet``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// The number of layers with weights: 121, 161, 169 or 201.
        var depth = 121
        /// The part of each layer's result that training drops.
        var dropout: Float = 0
        /// The largest stride of a feature map: 8, 16 or 32; strides beyond it are replaced by dilation.
        var outputStride = 32
        /// The channels of images: 3 for RGB, 1 for their luminance.
        var inChannels = 3
        var normalization: ConfigNode = "batch_norm"
        var activation: ConfigNode = "relu"
        var initializer: ConfigNode = "he_normal"

        /// The defaults.
        init() {}

        func validate() throws {
            _ = try Layout.published.layout(ofDepth: depth)
            try check("dropout", dropout, .fractionBelowOne)
            try check("output_stride", outputStride, oneOf: OutputStride.choices)
            try check("in_channels", inChannels, .size)
        }

        func build(_: Void, in registry: Registry) throws -> any Backbone {
            DenseNet(
                depth: depth, dropout: dropout, outputStride: outputStride,
                style: try style(imageChannels: inChannels, in: registry))
        }
    }
}

/// Layers that each see the results of all layers before them.
final class DenseBlock: Layer {
    @Child var layers: [DenseLayer]

    /// The channels of the result.
    let channels: Int

    init(
        from inputChannels: Int, growth: Int, layerCount: Int, dilation: Int, dropout: Float, style: ConvolutionStyle
    ) {
        let layers = (0..<layerCount).map { index in
            DenseLayer(
                from: inputChannels + index * growth, growth: growth, dilation: dilation, dropout: dropout,
                style: style)
        }
        _layers = Child(wrappedValue: layers, "", memberNames: layers.indices.map { "denselayer\($0 + 1)" })
        channels = inputChannels + layerCount * growth
    }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        layers.reduce(input) { .concatenated([$0, $1($0, context)], axis: 3) }
    }
}

/// A 1x1 and a 3x3 convolution, each after its normalization and activation.
final class DenseLayer: Layer {
    @Child("") var activated: NormActivation
    @Child("") var bottleneck: ConvNormActivation
    @Child("conv2") var convolution: Conv2D
    @Child var dropout: Dropout

    init(from inputChannels: Int, growth: Int, dilation: Int, dropout: Float, style: ConvolutionStyle) {
        // The second normalization belongs to the second convolution, and is calculated with the first.
        let bottleneck = style.convolution(from: inputChannels, to: 4 * growth, kernel: 1)
        self.dropout = Dropout(probability: dropout)
        activated = NormActivation(channels: inputChannels, name: "norm1", style: style)
        self.bottleneck = ConvNormActivation(bottleneck, names: ("conv1", "norm2"), style: style)
        convolution = style.convolution(from: 4 * growth, to: growth, kernel: 3, dilations: Size(dilation))
    }

    var isCheckpointed: Bool { true }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        dropout(convolution(bottleneck(activated(input, context), context), context), context)
    }
}

/// The layers between two dense blocks: they halve the channels and, by a pool, the size.
final class DenseTransition: Layer {
    /// Comes first; its result is also the feature map.
    @Child("") var activated: NormActivation
    @Child("conv") var convolution: Conv2D

    private let stride: Int

    /// - Parameter stride: 1 leaves the pool out.
    init(from inputChannels: Int, to channels: Int, stride: Int, style: ConvolutionStyle) {
        self.stride = stride
        activated = NormActivation(channels: inputChannels, name: "norm", style: style)
        convolution = style.convolution(from: inputChannels, to: channels, kernel: 1)
    }

    /// - Parameter input: The result of ``activated``.
    func forward(_ input: Tensor, context: Context) -> Tensor {
        let mixed = convolution(input, context)
        return stride == 1 ? mixed : mixed.averagePooled(kernel: Size(stride))
    }
}
