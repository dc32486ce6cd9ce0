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

extension ConvolutionStyle {
    /// The style that a configuration names.
    /// - Throws: ``ConfigError`` for an unknown name or wrong options.
    public init(
        normalization: ConfigNode, activation: ConfigNode, initializer: ConfigNode, hasBias: Bool = false,
        imageChannels: Int = 3, registry: Registry
    ) throws {
        self.init(
            normalization: try registry.build(.normalization, from: normalization),
            activation: try registry.build(.activation, from: activation),
            initializer: try registry.build(.initializer, from: initializer), hasBias: hasBias,
            imageChannels: imageChannels)
    }
}
