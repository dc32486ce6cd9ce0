extension ComponentKind<Void, () -> any Layer> {
    /// Activation functions; the product makes one for each place of a network.
    public static var activation: Self { Self("activation") }
}

extension ComponentKind<Void, (_ channels: Int) -> (any Layer)?> {
    /// Normalizations; the product makes one for each place of a network, or nil for none.
    public static var normalization: Self { Self("normalization") }
}

extension ComponentKind<Void, any Initializer> {
    /// What draws the first values of weights.
    public static var initializer: Self { Self("initializer") }
}

extension ComponentKind<ConvolutionStyle, (_ channels: Int) -> (any Layer)?> {
    /// Attentions, which rescale feature maps `[N, H, W, C]`; the product makes one for each place of a network, or nil
    /// for none. The environment is the style of the network's convolutions.
    public static var attention: Self { Self("attention") }
}

/// Options of a network of convolutions: what follows them, and their first values.
public protocol ConvolutionOptions: ComponentOptions {
    /// The normalization after each convolution, a component of kind `normalization`.
    var normalization: ConfigNode { get }
    /// The activation after each normalization, a component of kind `activation`.
    var activation: ConfigNode { get }
    /// The initializer of the weights, a component of kind `initializer`.
    var initializer: ConfigNode { get }
}

extension ConvolutionOptions {
    /// The style that the options name.
    /// - Parameters:
    ///   - hasBias: Whether convolutions have a bias although a normalization follows.
    ///   - imageChannels: The channels of the images of a backbone.
    /// - Throws: ``ConfigError`` for unknown names and invalid options.
    public func style(
        hasBias: Bool = false, imageChannels: Int = 3, in registry: Registry
    ) throws(ConfigError) -> ConvolutionStyle {
        ConvolutionStyle(
            normalization: try registry.build(.normalization, from: normalization),
            activation: try registry.build(.activation, from: activation),
            initializer: try registry.build(.initializer, from: initializer), hasBias: hasBias,
            imageChannels: imageChannels)
    }
}
