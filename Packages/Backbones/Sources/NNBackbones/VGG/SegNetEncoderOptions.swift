import NNLayers

/// What a configuration may say about a ``SegNetEncoder``.
public struct SegNetEncoderOptions: ComponentOptions {
    /// The channels of the first stage; each further one has twice as many, up to 8 times.
    public var width = 32
    /// The number of convolutions in each stage; the paper's network has 2, 2, 3, 3, 3.
    public var convolutions = [2, 2, 3, 3]
    /// The number of convolutions after the last pool; the paper's network has none.
    public var bottleneck = 3
    /// Whether a pool takes the last row or column of an odd size on its own; if not, it is left out.
    public var ceilMode = true
    /// Whether convolutions have biases although a normalization follows.
    public var convBias = false
    /// The channels of images: 3 for colours, 1 to see their luminance alone.
    public var inChannels = 3
    public var normalization: ConfigNode = "batch_norm"
    public var activation: ConfigNode = "relu"
    public var initializer: ConfigNode = "he_normal"

    public init() {}

    public func validate() throws {
        try ImageChannels.check(inChannels)
        if !(1...4096).contains(width) { throw OptionError("width", "must be between 1 and 4096, not \(width)") }
        if convolutions.isEmpty || convolutions.count > 8 {
            throw OptionError("convolutions", "must have between 1 and 8 stages, not \(convolutions.count)")
        }
        for (index, count) in convolutions.enumerated() where !(1...64).contains(count) {
            throw OptionError("convolutions.\(index)", "must be between 1 and 64, not \(count)")
        }
        if !(0...64).contains(bottleneck) {
            throw OptionError("bottleneck", "must be between 0 and 64, not \(bottleneck)")
        }
    }
}

extension SegNetEncoder {
    /// The backbone that options describe.
    /// - Throws: ``ConfigError`` for names that are not registered.
    public convenience init(_ options: SegNetEncoderOptions, registry: Registry) throws {
        self.init(
            width: options.width, convolutionCounts: options.convolutions, bottleneckCount: options.bottleneck,
            ceilMode: options.ceilMode,
            style: try ConvolutionStyle(
                normalization: options.normalization, activation: options.activation,
                initializer: options.initializer, hasBias: options.convBias,
                imageChannels: options.inChannels, registry: registry))
    }
}
