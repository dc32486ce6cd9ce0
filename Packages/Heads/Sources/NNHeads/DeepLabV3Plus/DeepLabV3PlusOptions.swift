import NNLayers

/// What a configuration may say about a ``DeepLabV3Plus``.
public struct DeepLabV3PlusOptions: HeadOptions {
    /// The stride of the feature that the pyramid is laid over; by default the coarsest.
    public var stride: Int?
    /// The stride of the finer feature that brings edges back.
    public var lowLevelStride = 4
    /// The dilations of the pyramid's 3x3 convolutions, beside one of 1x1.
    public var rates = [6, 12, 18]
    /// Whether the mean of the whole map is a part of the pyramid.
    public var imagePooling = true
    /// The channels of each part of the pyramid and of the decoder.
    public var width = 256
    /// The channels that the finer feature is brought to.
    public var lowLevelWidth = 48
    /// The kernel that joins the parts of the pyramid: 1 as in the paper, 3 as in MMSegmentation.
    public var projectionKernel = 1
    /// Whether 3x3 convolutions are separable.
    public var separable = true
    /// How maps are enlarged.
    public var interpolation = Interpolation.bilinear
    /// The part of the last map that training drops.
    public var dropout: Float = 0.1
    public var normalization: ConfigNode = "batch_norm"
    public var activation: ConfigNode = "relu"
    public var initializer: ConfigNode = "he_normal"

    public init() {}

    public func validate() throws {
        try requirePositive("stride", stride)
        try requirePositive("low_level_stride", [lowLevelStride])
        try requirePositive("rates", rates)
        try requirePositive("width", [width])
        try requirePositive("low_level_width", [lowLevelWidth])
        try requireOddKernel("projection_kernel", projectionKernel)
        try requireDropout(dropout)
    }
}
