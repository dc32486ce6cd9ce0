import NNLayers

/// What a configuration may say about a ``VGG``.
public struct VGGOptions: ComponentOptions {
    /// The number of layers with weights, the three of the paper's classifier counted: 11, 13, 16 or 19.
    public var depth = 16
    /// Whether convolutions have biases, as torchvision's have with batch norm too.
    public var convBias = true
    /// The channels of images: 3 for colours, 1 to see their luminance alone.
    public var inChannels = 3
    public var normalization: ConfigNode = "none"
    public var activation: ConfigNode = "relu"
    public var initializer: ConfigNode = ["type": "he_normal", "fan": "output"]

    public init() {}

    public func validate() throws {
        try ImageChannels.check(inChannels)
        if VGG.convolutionCounts[depth] == nil {
            let known = VGG.convolutionCounts.keys.sorted().map(String.init).joined(separator: ", ")
            throw OptionError("depth", "must be one of \(known), not \(depth)")
        }
    }
}

extension VGG {
    /// The backbone that options describe.
    /// - Throws: ``ConfigError`` for names that are not registered.
    public convenience init(_ options: VGGOptions, registry: Registry) throws {
        self.init(
            depth: options.depth,
            style: try ConvolutionStyle(
                normalization: options.normalization, activation: options.activation,
                initializer: options.initializer, hasBias: options.convBias,
                imageChannels: options.inChannels, registry: registry))
    }
}
