import NNLayers

/// What a configuration may say about a ``DenseNet``.
public struct DenseNetOptions: ComponentOptions {
    /// The number of layers with weights: 121, 161, 169 or 201.
    public var depth = 121
    /// The part of each layer's result that training drops.
    public var dropout: Float = 0
    /// How many pixels of the image lie between those of the coarsest map: 8, 16 or 32.
    public var outputStride = 32
    /// The channels of images: 3 for colours, 1 to see their luminance alone.
    public var inChannels = 3
    public var normalization: ConfigNode = "batch_norm"
    public var activation: ConfigNode = "relu"
    public var initializer: ConfigNode = "he_normal"

    public init() {}

    public func validate() throws {
        try ImageChannels.check(inChannels)
        _ = try form
        if !(0..<1).contains(dropout) { throw OptionError("dropout", "must be 0 or more and below 1, not \(dropout)") }
        try OutputStride.check(outputStride)
    }

    fileprivate var form: DenseNet.Form {
        get throws {
            guard let form = DenseNet.Form.published[depth] else {
                let known = DenseNet.Form.published.keys.sorted().map(String.init).joined(separator: ", ")
                throw OptionError("depth", "must be one of \(known), not \(depth)")
            }
            return form
        }
    }
}

extension DenseNet {
    /// The backbone that options describe.
    /// - Throws: ``ConfigError`` for names that are not registered.
    public convenience init(_ options: DenseNetOptions, registry: Registry) throws {
        self.init(
            try options.form, dropout: options.dropout, outputStride: options.outputStride,
            style: try ConvolutionStyle(
                normalization: options.normalization, activation: options.activation,
                initializer: options.initializer,
                imageChannels: options.inChannels, registry: registry))
    }
}
