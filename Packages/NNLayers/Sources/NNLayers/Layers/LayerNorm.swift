/// Normalization of each position over its channels, the last dimension (Ba et al. 2016).
public final class LayerNorm: Layer {
    /// `[C]`: the scale.
    @Parameter public var weight: Tensor
    /// `[C]`: the offset.
    @Parameter public var bias: Tensor

    /// Added to the variance.
    public let epsilon: Float

    public init(channels: Int, epsilon: Float = 1e-5) {
        requireOptions("LayerNorm") {
            try OptionError.check("channels", channels, .notNegative)
            try OptionError.check("epsilon", epsilon, .positive)
        }
        _weight = Parameter(shape: [channels], initializer: .ones)
        _bias = Parameter(shape: [channels], initializer: .zeros)
        self.epsilon = epsilon
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        input.layerNormalized(scale: weight, offset: bias, epsilon: epsilon)
    }
}
