import NNLayers

/// Pools the pixels of each channel by a smooth maximum (Pinheiro and Collobert 2015): log(mean(exp(r x))) / r.
public final class LogSumExpPool: Layer {
    /// r: small values average, large values take the maximum.
    public let sharpness: Float

    /// - Parameter sharpness: From 0.01 to 100.
    public init(sharpness: Float = 5) {
        var options = Options()
        options.sharpness = sharpness
        requireOptions("LogSumExpPool", options.validate)
        self.sharpness = sharpness
    }

    /// Pools `[N, H, W, C]` to `[N, C]`; calculated in float32, relative to the maximum, so that nothing overflows.
    public func forward(_ input: Tensor, context: Context) -> Tensor {
        let map = input.cast(to: .float32)
        let largest = map.detached.max(axes: [1, 2], keepsDimensions: true)
        let logarithms = ((map - largest) * sharpness).exp().mean(axes: [1, 2]).log() / sharpness
        return (logarithms + largest.reshaped([input.shape[0], input.shape[-1]])).cast(to: input.dataType)
    }
}

extension LogSumExpPool {
    /// Options of ``LogSumExpPool``.
    public struct Options: BuildableOptions {
        /// Small values average, large values take the maximum.
        public var sharpness: Float = 5

        /// The defaults.
        public init() {}

        public func validate() throws { try check("sharpness", sharpness, in: 0.01...100) }

        public func build(_: Void, in registry: Registry) -> (_ channels: Int) -> any Layer {
            { _ in LogSumExpPool(sharpness: sharpness) }
        }
    }
}
