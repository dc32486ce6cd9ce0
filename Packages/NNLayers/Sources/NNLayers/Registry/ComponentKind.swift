/// A kind of component that a configuration names, such as backbones.
///
/// The module that declares the components' protocol declares the kind:
///
/// ```swift
/// extension ComponentKind<Void, any Backbone> {
///     public static var backbone: Self { Self("backbone") }
/// }
/// ```
public struct ComponentKind<Environment, Product>: Sendable {
    /// The name that messages and lists show.
    public let name: String

    /// - Parameter name: in lower_snake_case; no two kinds have the same.
    public init(_ name: String) { self.name = name }
}

extension ComponentKind<Void, any Backbone> {
    /// Encoders of images.
    public static var backbone: Self { Self("backbone") }
}

extension ComponentKind<HeadEnvironment, any Head> {
    /// What makes predictions of a backbone's features.
    public static var head: Self { Self("head") }
}

extension ComponentKind<LossEnvironment, any Loss> {
    /// Measures of how wrong predictions are.
    public static var loss: Self { Self("loss") }
}

extension ComponentKind<Void, any Backend> {
    /// What calculates, see ``Engine``. A backend whose library is missing throws ``EngineError``.
    public static var backend: Self { Self("backend") }
}

extension ComponentKind<Void, any NetworkExporter> {
    /// Writers of files that other programs run networks from.
    public static var exporter: Self { Self("exporter") }
}

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
