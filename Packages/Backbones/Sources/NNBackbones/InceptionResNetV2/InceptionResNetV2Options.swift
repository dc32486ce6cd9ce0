import NNLayers

/// What a configuration may say about an ``InceptionResNetV2``.
public struct InceptionResNetV2Options: ComponentOptions {
    /// Whether the convolutions and poolings are padded that were published without; without, images have
    /// at least 75 rows and columns.
    public var padding = EdgePadding.valid
    /// That of Keras has `scale: false`, too.
    /// The channels of images: 3 for colours, 1 to see their luminance alone.
    public var inChannels = 3
    public var normalization: ConfigNode = ["type": "batch_norm", "epsilon": 0.001]
    public var activation: ConfigNode = "relu"
    public var initializer: ConfigNode = "he_normal"

    public init() {}

    public func validate() throws { try ImageChannels.check(inChannels) }
}

extension InceptionResNetV2 {
    /// The backbone that options describe.
    /// - Throws: ``ConfigError`` for names that are not registered.
    public convenience init(_ options: InceptionResNetV2Options, registry: Registry) throws {
        self.init(
            padding: options.padding,
            style: try ConvolutionStyle(
                normalization: options.normalization, activation: options.activation,
                initializer: options.initializer,
                imageChannels: options.inChannels, registry: registry))
    }
}
