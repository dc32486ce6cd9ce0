/// Options of an activation, normalization or attention as a component of kind `layer`.
///
/// The component that they name is the network's own by default.
enum NamedLayerOptions {
    /// Options of the layer `activation`.
    struct Activation: BuildableOptions {
        /// A component of kind `activation`; null for that of the network.
        var activation: Component<Void, () -> any Layer>?

        /// The activation of the network.
        init() {}

        mutating func resolveComponents(in registry: Registry) throws {
            if let named = activation { activation = try registry.resolve(.activation, named) }
        }

        func build(_ environment: LayerEnvironment, in registry: Registry) throws -> ImageLayer {
            let make = try activation.map { try registry.build(.activation, $0) } ?? environment.style.activation
            return ImageLayer(make(), channels: environment.channels)
        }
    }

    /// Options of the layer `normalization`.
    struct Normalization: BuildableOptions {
        /// A component of kind `normalization`; null for that of the network.
        var normalization: Component<Void, (_ channels: Int) -> (any Layer)?>?

        /// The normalization of the network.
        init() {}

        mutating func resolveComponents(in registry: Registry) throws {
            if let named = normalization { normalization = try registry.resolve(.normalization, named) }
        }

        func build(_ environment: LayerEnvironment, in registry: Registry) throws -> ImageLayer {
            let make = try normalization.map { try registry.build(.normalization, $0) }
            let layer = (make ?? environment.style.normalization)(environment.channels)
            return ImageLayer(layer ?? Identity(), channels: environment.channels)
        }
    }

    /// Options of the layer `attention`.
    struct Attention: BuildableOptions {
        /// A component of kind `attention`.
        var attention: Component<ConvolutionStyle, (_ channels: Int) -> (any Layer)?> = "se"

        /// Squeeze and excitation.
        init() {}

        mutating func resolveComponents(in registry: Registry) throws {
            attention = try registry.resolve(.attention, attention)
        }

        func build(_ environment: LayerEnvironment, in registry: Registry) throws -> ImageLayer {
            let layer = try registry.build(.attention, attention, environment.style)(environment.channels)
            return ImageLayer(layer ?? Identity(), channels: environment.channels)
        }
    }
}
