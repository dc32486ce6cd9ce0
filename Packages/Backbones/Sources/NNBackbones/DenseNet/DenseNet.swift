import NNLayers

/// DenseNet (Huang et al. 2017) with bottlenecks and compression, and torchvision's names.
public final class DenseNet: Backbone {
    /// How wide and deep a network is.
    public struct Form: Sendable {
        /// The channels that each layer adds.
        public var growth: Int
        /// The number of layers in each dense block.
        public var layerCounts: [Int]
        /// The channels of the first convolution.
        public var stemChannels: Int

        public init(growth: Int, layerCounts: [Int], stemChannels: Int) {
            self.growth = growth
            self.layerCounts = layerCounts
            self.stemChannels = stemChannels
        }

        /// The published networks by depth.
        public static let published = [
            121: Form(growth: 32, layerCounts: [6, 12, 24, 16], stemChannels: 64),
            161: Form(growth: 48, layerCounts: [6, 12, 36, 24], stemChannels: 96),
            169: Form(growth: 32, layerCounts: [6, 12, 32, 32], stemChannels: 64),
            201: Form(growth: 32, layerCounts: [6, 12, 48, 32], stemChannels: 64),
        ]
    }

    @Child("features") var stem: ConvNormActivation
    @Child var blocks: [DenseBlock]
    @Child var transitions: [DenseTransition]
    @Child("features") var last: NormActivation

    /// Strides 4, 8, 16 and 32, or fewer where the output stride is smaller; each normalized and activated.
    public let features: [FeatureInfo]
    public let inputChannels: Int

    /// - Parameters:
    ///   - dropout: The part of each layer's result that training drops.
    ///   - outputStride: 8, 16 or 32; poolings beyond are left out, and what follows is dilated.
    public init(
        _ form: Form, dropout: Float = 0, outputStride: Int = 32,
        style: ConvolutionStyle = ConvolutionStyle(initializer: HeNormal())
    ) {
        self.inputChannels = style.imageChannels
        var strides = OutputStride(outputStride)
        let convolution = style.convolution(
            from: style.imageChannels, to: form.stemChannels, kernel: 7, strides: Size(strides.apply(2)))
        _ = strides.apply(2)

        var channels = form.stemChannels
        var blocks: [DenseBlock] = []
        var transitions: [DenseTransition] = []
        var features: [FeatureInfo] = []
        for (index, count) in form.layerCounts.enumerated() {
            let block = DenseBlock(
                from: channels, growth: form.growth, layerCount: count, dilation: strides.dilation,
                dropout: dropout, style: style)
            blocks.append(block)
            channels = block.channels
            features.append(FeatureInfo(channels: channels, stride: strides.reached))
            if index < form.layerCounts.count - 1 {
                transitions.append(
                    DenseTransition(
                        from: channels, to: channels / 2, stride: strides.apply(2), style: style))
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
