import NNLayers

/// s · relu(x)² + b, with s and b learned (Yu et al. 2022, "MetaFormer Baselines for Vision").
public final class StarReLU: Layer {
    /// `[1]`: s.
    @Parameter public var scale: Tensor
    /// `[1]`: b.
    @Parameter public var bias: Tensor

    /// The initial values give outputs of mean 0 and variance 1 for normally distributed inputs.
    public init(scale: Float = 0.8944, bias: Float = -0.4472) {
        self.scale = Tensor([scale])
        self.bias = Tensor([bias])
    }

    /// Applies the function to each element of a tensor of any shape.
    public func forward(_ input: Tensor, context: Context) -> Tensor {
        let squares = input.activated(by: .relu).squared()
        // Parameters are float32; activations keep their type.
        return squares * scale.cast(to: input.dataType) + bias.cast(to: input.dataType)
    }
}

extension StarReLU {
    /// Options of ``StarReLU``.
    public struct Options: BuildableOptions {
        /// The initial s.
        public var scale: Float = 0.8944
        /// The initial b.
        public var bias: Float = -0.4472

        /// The defaults.
        public init() {}

        public func validate() throws {
            try check("scale", scale, .finite)
            try check("bias", bias, .finite)
        }

        public func build(_: Void, in registry: Registry) -> () -> any Layer {
            { StarReLU(scale: scale, bias: bias) }
        }
    }
}
