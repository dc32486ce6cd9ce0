/// An activation function as a layer.
public final class ActivationLayer: Layer {
    public let activation: Activation

    public init(_ activation: Activation) {
        if case .leakyReLU(let slope) = activation { require(slope, .finite, "ActivationLayer: the slope") }
        self.activation = activation
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor { input.activated(by: activation) }
}

extension Activation {
    /// The function that a layer applies, for calculations that do several steps in one pass; nil for a
    /// layer of somebody's own.
    init?(of layer: any Layer) {
        if layer is Identity {
            self = .identity
        } else if let layer = layer as? ActivationLayer {
            self = layer.activation
        } else {
            return nil
        }
    }
}
