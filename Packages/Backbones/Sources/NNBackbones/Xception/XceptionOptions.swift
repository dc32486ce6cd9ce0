import NNLayers

/// What a configuration may say about an ``Xception``.
public struct XceptionOptions: ComponentOptions {
    /// Whether the first two convolutions are padded; published without.
    public var padding = EdgePadding.valid
    /// How poolings reach over the edges; `tensorflow` for weights of Keras.
    public var stridedPadding = StridedPadding.symmetric
    /// How many pixels of the image lie between those of the coarsest map: 8, 16 or 32.
    public var outputStride = 32
    /// The channels of images: 3 for colours, 1 to see their luminance alone.
    public var inChannels = 3
    public var normalization: ConfigNode = "batch_norm"
    public var activation: ConfigNode = "relu"
    public var initializer: ConfigNode = ["type": "he_normal", "fan": "output"]

    public init() {}

    public func validate() throws {
        try OutputStride.check(outputStride)
        try ImageChannels.check(inChannels)
    }
}

extension Xception {
    /// The backbone that options describe.
    /// - Throws: ``ConfigError`` for names that are not registered.
    public convenience init(_ options: XceptionOptions, registry: Registry) throws {
        self.init(
            padding: options.padding, stridedPadding: options.stridedPadding, outputStride: options.outputStride,
            style: try ConvolutionStyle(
                normalization: options.normalization, activation: options.activation,
                initializer: options.initializer,
                imageChannels: options.inChannels, registry: registry))
    }
}
