/// The mean of each channel over all pixels: `[N, H, W, C]` to `[N, C]`.
///
/// In PyTorch, `torch.nn.AdaptiveAvgPool2d(1)` and `torch.flatten`.
public final class GlobalAveragePool: Layer {
    /// Creates a global average pooling layer.
    public init() {}

    public func forward(_ input: Tensor, context: Context) -> Tensor { input.globalAveragePooled() }
}

/// The maximum of each channel over all pixels: `[N, H, W, C]` to `[N, C]`.
///
/// In PyTorch, `torch.nn.AdaptiveMaxPool2d(1)` and `torch.flatten`.
public final class GlobalMaxPool: Layer {
    /// Creates a global max pooling layer.
    public init() {}

    public func forward(_ input: Tensor, context: Context) -> Tensor { input.max(axes: [1, 2]) }
}

/// The generalized mean of each channel over all pixels (Radenović et al. 2018): `[N, H, W, C]` to `[N, C]`.
///
/// It is mean(max(x, epsilon)^p)^(1/p), with p learned: between the average for 1 and the maximum for infinity.
public final class GeneralizedMeanPool: Layer {
    /// The exponent p, `[1]`.
    @Parameter public var exponent: Tensor

    /// The least value of an element: powers of negative numbers are not real.
    public let epsilon: Float

    /// Creates a pooling by generalized means.
    /// - Parameters:
    ///   - exponent: The initial p, from 0.01 to 100.
    ///   - epsilon: The least value of an element, from 0.000001 to 1.
    public init(exponent: Float = 3, epsilon: Float = 1e-3) {
        var options = Options()
        (options.exponent, options.epsilon) = (exponent, epsilon)
        requireOptions("GeneralizedMeanPool", options.validate)
        self.exponent = Tensor([exponent])
        self.epsilon = epsilon
    }

    /// Pools the pixels; powers are calculated in float32, relative to the maximum of each channel, so that none
    /// overflows.
    public func forward(_ input: Tensor, context: Context) -> Tensor {
        let positive = input.cast(to: .float32).clamped(min: epsilon)
        let largest = positive.detached.max(axes: [1, 2], keepsDimensions: true)
        let mean = (positive / largest).power(exponent).mean(axes: [1, 2])
        let result = mean.power(exponent.reciprocal()) * largest.reshaped([input.shape[0], input.shape[-1]])
        return result.cast(to: input.dataType)
    }
}

extension GeneralizedMeanPool {
    /// Options of ``GeneralizedMeanPool``.
    struct Options: BuildableOptions {
        /// The initial exponent: 1 averages, large values take the maximum.
        var exponent: Float = 3
        /// The least value of an element.
        var epsilon: Float = 1e-3

        /// The defaults.
        init() {}

        func validate() throws {
            try check("exponent", exponent, in: 0.01...100)
            try check("epsilon", epsilon, in: 1e-6...1)
        }

        func build(_: Void, in registry: Registry) -> (_ channels: Int) -> any Layer {
            { _ in GeneralizedMeanPool(exponent: exponent, epsilon: epsilon) }
        }
    }
}
