import NNLayers

/// What a configuration may say about a ``MobileNetV1`` or ``MobileNetV2``.
public struct MobileNetOptions: ComponentOptions {
    /// 1 or 2.
    public var version = 2
    /// What every number of channels is multiplied by; published from 0.25 to 1.4.
    public var width: Float = 1
    /// How many pixels of the image lie between those of the coarsest map: 8, 16 or 32.
    public var outputStride = 32
    /// How convolutions that stride reach over the edges; `tensorflow` for weights of Keras.
    public var stridedPadding = StridedPadding.symmetric
    /// The channels of images: 3 for colours, 1 to see their luminance alone.
    public var inChannels = 3
    public var normalization: ConfigNode = "batch_norm"
    public var activation: ConfigNode = "relu6"
    public var initializer: ConfigNode = ["type": "he_normal", "fan": "output"]

    public init() {}

    public func validate() throws {
        try ImageChannels.check(inChannels)
        if ![1, 2].contains(version) { throw OptionError("version", "must be 1 or 2, not \(version)") }
        if !(width > 0 && width <= 16) { throw OptionError("width", "must be above 0 and at most 16, not \(width)") }
        try OutputStride.check(outputStride)
    }

    /// The backbone that the options describe.
    /// - Throws: ``ConfigError`` for names that are not registered.
    public func backbone(registry: Registry) throws -> any Backbone {
        let style = try ConvolutionStyle(
            normalization: normalization, activation: activation, initializer: initializer,
            imageChannels: inChannels, registry: registry)
        return version == 1
            ? MobileNetV1(width: width, outputStride: outputStride, stridedPadding: stridedPadding, style: style)
            : MobileNetV2(width: width, outputStride: outputStride, stridedPadding: stridedPadding, style: style)
    }
}
