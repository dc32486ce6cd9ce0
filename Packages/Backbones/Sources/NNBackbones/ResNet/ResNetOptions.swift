import NNLayers

/// What a configuration may say about a ``ResNet``.
public struct ResNetOptions: ComponentOptions {
    /// The number of layers with weights: 18, 34, 50, 101 or 152.
    public var depth = 50
    /// Whether convolutions have biases, as the networks of Keras do.
    public var convBias = false
    /// Whether the first 1x1 convolution of a bottleneck has the stride, as in the paper and in Keras, and not the
    /// 3x3 one.
    public var stridesFirst = false
    /// Whether the last scale of each block starts at zero, so that it begins as the identity
    /// (Goyal et al. 2017).
    public var zeroInitResidual = false
    /// How many pixels of the image lie between those of the coarsest map: 8, 16 or 32.
    public var outputStride = 32
    /// The channels of images: 3 for colours, 1 to see their luminance alone.
    public var inChannels = 3
    public var normalization: ConfigNode = "batch_norm"
    public var activation: ConfigNode = "relu"
    public var initializer: ConfigNode = ["type": "he_normal", "fan": "output"]

    public init() {}

    public func validate() throws {
        try ImageChannels.check(inChannels)
        if ResNet.Form.published[depth] == nil {
            let known = ResNet.Form.published.keys.sorted().map(String.init).joined(separator: ", ")
            throw OptionError("depth", "must be one of \(known), not \(depth)")
        }
        try OutputStride.check(outputStride)
    }
}

extension ResNet {
    /// The backbone that options describe.
    /// - Throws: ``ConfigError`` for names that are not registered, ``OptionError`` for a scale that is to start at
    ///   zero where normalization has none.
    public convenience init(_ options: ResNetOptions, registry: Registry) throws {
        let style = try ConvolutionStyle(
            normalization: options.normalization, activation: options.activation,
            initializer: options.initializer, hasBias: options.convBias,
            imageChannels: options.inChannels, registry: registry)
        if options.zeroInitResidual, style.normalization(64).flatMap(ResNetBlock.scale) == nil {
            throw OptionError("zero_init_residual", "needs a normalization with a scale, which can start at zero")
        }
        self.init(
            depth: options.depth, zeroInitResidual: options.zeroInitResidual, stridesFirst: options.stridesFirst,
            outputStride: options.outputStride, style: style)
    }
}
