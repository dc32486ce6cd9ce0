import NNLayers

/// Attention without parameters (Yang et al. 2021): scales each element by how much it stands out from the mean of its
/// channel.
public final class SimAM: Layer {
    /// Added to the variance; larger values even the scales out.
    public let lambda: Float

    /// - Parameter lambda: Added to the variance; positive.
    public init(lambda: Float = 1e-4) {
        requireOptions("SimAM") { try OptionError.check("lambda", lambda, .positive) }
        self.lambda = lambda
    }

    /// Scales the elements of a feature map `[N, H, W, C]`; calculated in float32.
    public func forward(_ input: Tensor, context: Context) -> Tensor {
        let map = input.cast(to: .float32)
        let distances = (map - map.mean(axes: [1, 2], keepsDimensions: true)).squared()
        let others = max(input.shape[1] * input.shape[2] - 1, 1)
        let variance = distances.sum(axes: [1, 2], keepsDimensions: true) / others
        let energy = distances / ((variance + lambda) * 4) + 0.5
        return (map * energy.sigmoid()).cast(to: input.dataType)
    }
}

extension SimAM {
    /// Options of ``SimAM``.
    public struct Options: BuildableOptions {
        /// Added to the variance; larger values even the scales out.
        public var lambda: Float = 1e-4

        /// The defaults.
        public init() {}

        public func validate() throws { try check("lambda", lambda, .positive) }

        public func build(_ style: ConvolutionStyle, in registry: Registry) -> (_ channels: Int) -> (any Layer)? {
            { _ in SimAM(lambda: lambda) }
        }
    }
}
