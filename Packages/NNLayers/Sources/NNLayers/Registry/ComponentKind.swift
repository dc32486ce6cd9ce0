/// A kind of component that configurations name, such as backbones.
///
/// The module that declares the protocol of the components declares the kind:
///
/// ```swift
/// extension ComponentKind<Void, any Backbone> {
///     public static var backbone: Self { Self("backbone") }
/// }
/// ```
///
/// `Environment` is what a component must know of its surroundings, and `Product` is what is built.
public struct ComponentKind<Environment, Product>: Sendable {
    /// The name in messages and lists.
    public let name: String

    /// Declares a kind.
    /// - Parameter name: The name in lower_snake_case, unique among all kinds.
    public init(_ name: String) { self.name = name }
}

extension ComponentKind<Void, any Backbone> {
    /// Image encoders.
    public static var backbone: Self { Self("backbone") }
}

extension ComponentKind<HeadEnvironment, any Head> {
    /// Decoders and classifiers on the features of a backbone.
    public static var head: Self { Self("head") }
}

extension ComponentKind<LossEnvironment, any Loss> {
    /// Training objectives.
    public static var loss: Self { Self("loss") }
}

extension ComponentKind<Void, PredictionTask> {
    /// Tasks that data sets such as `table` may name; see ``Registry/register(_:summary:)``.
    public static var task: Self { Self("task") }
}

extension ComponentKind<Void, any Backend> {
    /// Compute backends of `Engine`. Building one whose library is missing throws `EngineError`.
    public static var backend: Self { Self("backend") }
}

extension ComponentKind<Void, any NetworkExporter> {
    /// Writers of network files for other programs.
    public static var exporter: Self { Self("exporter") }
}

extension ComponentKind<Void, () -> any Layer> {
    /// Activation functions. The product makes a new layer for each use.
    public static var activation: Self { Self("activation") }
}

extension ComponentKind<Void, (_ channels: Int) -> (any Layer)?> {
    /// Normalizations. The product makes a new layer for each use, or returns nil for no normalization.
    public static var normalization: Self { Self("normalization") }
}

extension ComponentKind<ConvolutionStyle, (_ channels: Int) -> (any Layer)?> {
    /// Attention layers, which rescale feature maps `[N, H, W, C]`; the product makes one for a number of channels, or nil
    /// for none. The environment is the style of the network's convolutions.
    public static var attention: Self { Self("attention") }
}

extension ComponentKind<LayerEnvironment, ImageLayer> {
    /// Layers of feature maps `[N, H, W, C]`, such as convolutions; each use is built for the channels of its input.
    public static var layer: Self { Self("layer") }
}

extension ComponentKind<Void, (_ channels: Int) -> any Layer> {
    /// Poolings of all pixels, `[N, H, W, C]` to `[N, C]`. The product makes a new layer for each use.
    public static var pooling: Self { Self("pooling") }
}

extension ComponentKind<Void, any Initializer> {
    /// Weight initializers.
    public static var initializer: Self { Self("initializer") }
}
