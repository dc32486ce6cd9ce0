/// An activation function as a layer.
public final class ActivationLayer: Layer {
    public let activation: Activation

    public init(_ activation: Activation) { self.activation = activation }

    public func forward(_ input: Tensor, context: Context) -> Tensor { input.activated(by: activation) }
}
