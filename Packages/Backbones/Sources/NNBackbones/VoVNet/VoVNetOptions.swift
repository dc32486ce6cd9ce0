import NNLayers

/// What a configuration may say about a ``VoVNet``.
public struct VoVNetOptions: ComponentOptions {
    /// The number of convolutions: 19, 39, 57 or 99, slim 19 or 27.
    public var depth = 57
    /// Whether the network is about half as wide.
    public var slim = false
    /// 2, with a max pool before every stage, or 4, with a strided convolution in place of the first.
    public var stemStride = 2
    /// Whether pools are padded; if not, their last window may reach over the edge, as timm's.
    public var padsPools = true
    /// Whether modules concatenate their input too, as in the paper.
    public var concatenatesInput = false
    /// Whether modules add their input to their result, all but the first of a stage (Lee and Park 2020).
    public var residual = false
    /// What weights the channels at the end of each stage (Lee and Park 2020).
    public var attention = OneShotAggregation.Attention.none
    /// Whether 3x3 convolutions but the first are separable, as in timm's `ese_vovnet19b_dw`.
    public var separable = false
    /// 8, 16 or 32; dilation takes the place of the strides beyond.
    public var outputStride = 32
    /// Whether convolutions have biases although a normalization follows.
    public var convBias = false
    /// The channels of images: 3 for colours, 1 to see their luminance alone.
    public var inChannels = 3
    public var normalization: ConfigNode = "batch_norm"
    public var activation: ConfigNode = "mish"
    public var initializer: ConfigNode = "he_normal"

    public init() {}

    public func validate() throws {
        try ImageChannels.check(inChannels)
        if !VoVNetLayout.depths(slim: slim).contains(depth) {
            let known = VoVNetLayout.depths(slim: slim).map(String.init).joined(separator: ", ")
            let kind = slim ? "a slim network" : "a network that is not slim"
            throw OptionError("depth", "must be one of \(known) for \(kind), not \(depth)")
        }
        if ![2, 4].contains(stemStride) { throw OptionError("stem_stride", "must be 2 or 4, not \(stemStride)") }
        try OutputStride.check(outputStride)
    }
}

extension VoVNet {
    /// The backbone that options describe.
    /// - Throws: ``ConfigError`` for names that are not registered.
    public convenience init(_ options: VoVNetOptions, registry: Registry) throws {
        guard var layout = VoVNetLayout(depth: options.depth, slim: options.slim) else {
            trap("VoVNet: no network of depth \(options.depth)")
        }
        if options.separable { layout.stem[2] = 64 }
        self.init(
            layout: layout, stemStride: options.stemStride, padsPools: options.padsPools,
            concatenatesInput: options.concatenatesInput, isResidual: options.residual,
            attention: options.attention, isSeparable: options.separable, outputStride: options.outputStride,
            style: try ConvolutionStyle(
                normalization: options.normalization, activation: options.activation,
                initializer: options.initializer, hasBias: options.convBias,
                imageChannels: options.inChannels, registry: registry))
    }
}
