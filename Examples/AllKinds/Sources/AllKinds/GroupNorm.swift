import NNLayers

/// Normalization of each sample over its pixels and groups of channels (Wu and He 2018); independent of the batch.
public final class GroupNorm: Layer {
    /// `[C]`: the scale.
    @Parameter public var weight: Tensor
    /// `[C]`: the offset.
    @Parameter public var bias: Tensor

    /// The number of groups, which divides the number of channels.
    public let groups: Int
    /// Added to the variance.
    public let epsilon: Float

    /// - Parameters:
    ///   - channels: The channels of the input, a multiple of `groups`.
    ///   - groups: The number of groups.
    ///   - epsilon: Added to the variance; positive.
    public init(channels: Int, groups: Int = 32, epsilon: Float = 1e-5) {
        requireOptions("GroupNorm") {
            try OptionError.check("channels", channels, .count)
            try Self.check(groups: groups, epsilon: epsilon)
        }
        require(channels % groups == 0, "GroupNorm: \(channels) channels cannot be split into \(groups) groups")
        _weight = Parameter(shape: [channels], initializer: .ones)
        _bias = Parameter(shape: [channels], initializer: .zeros)
        self.groups = groups
        self.epsilon = epsilon
    }

    fileprivate static func check(groups: Int, epsilon: Float) throws(OptionError) {
        try OptionError.check("groups", groups, .size)
        try OptionError.check("epsilon", epsilon, .positive)
    }

    /// Normalizes `[N, ..., C]`; calculated in float32.
    public func forward(_ input: Tensor, context: Context) -> Tensor {
        let shape = input.shape
        let pixels = shape.dimensions.dropFirst().dropLast().reduce(1, *)
        let grouped = input.cast(to: .float32).reshaped([shape[0], pixels, groups, shape[-1] / groups])
        let centered = grouped - grouped.mean(axes: [1, 3], keepsDimensions: true)
        let variance = centered.squared().mean(axes: [1, 3], keepsDimensions: true)
        let normalized = (centered * (variance + epsilon).rsqrt()).reshaped(shape)
        return (normalized * weight + bias).cast(to: input.dataType)
    }
}

extension GroupNorm {
    /// Options of ``GroupNorm``.
    public struct Options: BuildableOptions {
        /// The number of groups; fewer where it does not divide the number of channels.
        public var groups = 32
        /// Added to the variance.
        public var epsilon: Float = 1e-5

        /// The defaults.
        public init() {}

        public func validate() throws { try GroupNorm.check(groups: groups, epsilon: epsilon) }

        public func build(_: Void, in registry: Registry) -> (_ channels: Int) -> (any Layer)? {
            { channels in
                // The largest number of groups up to the stated one, since layers of a network differ in width.
                let groups = (1...min(groups, channels)).last { channels % $0 == 0 } ?? 1
                return GroupNorm(channels: channels, groups: groups, epsilon: epsilon)
            }
        }
    }
}
