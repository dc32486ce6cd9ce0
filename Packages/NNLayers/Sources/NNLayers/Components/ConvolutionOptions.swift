/// Options shared by convolutional networks: the layers that follow each convolution, and the initial weights.
public protocol ConvolutionOptions: ComponentOptions {
    /// The normalization after each convolution, a component of kind `normalization`.
    var normalization: ConfigNode { get }
    /// The activation after each normalization, a component of kind `activation`.
    var activation: ConfigNode { get }
    /// The initializer of the weights, a component of kind `initializer`.
    var initializer: ConfigNode { get }
}

extension ConvolutionOptions {
    /// Returns the style that the options describe.
    /// - Parameters:
    ///   - hasBias: Whether convolutions have a bias even where a normalization follows.
    ///   - imageChannels: The number of image channels of a backbone.
    ///   - registry: Builds the named components.
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
