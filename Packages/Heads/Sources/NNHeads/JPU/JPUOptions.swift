import NNLayers

/// What a configuration may say about a ``JPU``.
public struct JPUOptions: HeadOptions {
    /// The strides of the features that are joined, at the size of the finest of them.
    public var strides = [8, 16, 32]
    /// The stride of the finer feature that is joined before the end.
    public var lowLevelStride = 4
    /// The channels of each joined feature and of each dilated convolution.
    public var width = 512
    public var dilations = [1, 2, 4, 8]
    /// The channels that the dilated convolutions are brought to.
    public var projectionWidth = 320
    /// The channels that the finer feature is brought to.
    public var lowLevelWidth = 64
    /// The channels of the convolution before the classes.
    public var fuseWidth = 384
    /// How maps are enlarged.
    public var interpolation = Interpolation.nearest
    /// The part of the last map that training drops.
    public var dropout: Float = 0
    public var normalization: ConfigNode = "batch_norm"
    public var activation: ConfigNode = "mish"
    public var initializer: ConfigNode = "he_normal"

    public init() {}

    public func validate() throws {
        try requireSomePositive("strides", strides)
        try requirePositive("low_level_stride", [lowLevelStride])
        try requirePositive("width", [width])
        try requireSomePositive("dilations", dilations)
        try requirePositive("projection_width", [projectionWidth])
        try requirePositive("low_level_width", [lowLevelWidth])
        try requirePositive("fuse_width", [fuseWidth])
        try requireDropout(dropout)
    }
}
