import NNLayers

/// Halves the size of a feature map after a binomial blur (Zhang 2019), so that small shifts of an image change little.
public final class BlurPool: Layer {
    /// `[C, 1, 3, 3]`: the same filter for each channel.
    private let filter: Tensor
    /// The steps between windows.
    public let stride: Int

    /// A blur for a number of channels.
    /// - Parameters:
    ///   - channels: The channels of the feature map.
    ///   - stride: The steps between windows; 1 blurs without a change of size.
    public init(channels: Int, stride: Int = 2) {
        requireOptions("BlurPool") {
            try OptionError.check("channels", channels, .size)
            try OptionError.check("stride", stride, .size)
        }
        self.stride = stride
        let binomial: [Float] = [1, 2, 1, 2, 4, 2, 1, 2, 1].map { $0 / 16 }
        filter = Tensor((0..<channels).flatMap { _ in binomial }, shape: [channels, 1, 3, 3])
    }

    /// Blurs a feature map `[N, H, W, C]`, with zeros around it.
    public func forward(_ input: Tensor, context: Context) -> Tensor {
        input.convolved(weight: filter, strides: Size(stride), padding: .explicit(1), groups: filter.shape[0])
    }
}

extension BlurPool {
    /// Options of ``BlurPool``.
    public struct Options: BuildableOptions {
        /// The steps between windows; 1 blurs without a change of size.
        public var stride = 2

        /// The defaults.
        public init() {}

        public func validate() throws { try check("stride", stride, .size) }

        public func build(_ environment: LayerEnvironment, in registry: Registry) -> ImageLayer {
            let channels = environment.channels
            return ImageLayer(BlurPool(channels: channels, stride: stride), channels: channels, stride: stride)
        }
    }
}
