import NNLayers

/// What a configuration may say about a ``ResNetCifar``.
public struct ResNetCifarOptions: ComponentOptions {
    /// The number of layers with weights, 6n + 2, the classifier counted.
    public var depth = 20
    /// Where the shortcut puts the zeros that widen it.
    public var shortcutPadding = ResNetCifar.ShortcutPadding.end
    /// The channels of images: 3 for colours, 1 to see their luminance alone.
    public var inChannels = 3
    public var normalization: ConfigNode = "batch_norm"
    public var activation: ConfigNode = "relu"
    public var initializer: ConfigNode = "he_normal"

    public init() {}

    public func validate() throws {
        try ImageChannels.check(inChannels)
        if !ResNetCifar.isValid(depth: depth) {
            throw OptionError("depth", "must be 6n + 2, such as 20, 32, 44, 56 or 110, not \(depth)")
        }
    }
}

extension ResNetCifar {
    /// The backbone that options describe.
    /// - Throws: ``ConfigError`` for names that are not registered.
    public convenience init(_ options: ResNetCifarOptions, registry: Registry) throws {
        self.init(
            depth: options.depth, shortcutPadding: options.shortcutPadding,
            style: try ConvolutionStyle(
                normalization: options.normalization, activation: options.activation,
                initializer: options.initializer,
                imageChannels: options.inChannels, registry: registry))
    }
}
