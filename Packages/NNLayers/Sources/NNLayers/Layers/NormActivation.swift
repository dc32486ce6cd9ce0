/// A normalization and an activation, as they stand before the convolutions of pre-activated networks
/// (He et al. 2016, "Identity Mappings").
///
/// Batch norm and a built-in activation are calculated as one.
public final class NormActivation: Layer {
    @Child public var normalization: (any Layer)?
    @Child public var activation: any Layer

    /// - Parameter name: That of the normalization in a state dictionary.
    public init(channels: Int, name: String = "bn", style: ConvolutionStyle) {
        _normalization = Child(wrappedValue: style.normalization(channels), name)
        activation = style.activation()
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        if let norm = normalization as? BatchNorm, let function = Activation(of: activation) {
            return norm.forward(input, activation: function, context: context)
        }
        return activation(normalization?(input, context) ?? input, context)
    }
}
