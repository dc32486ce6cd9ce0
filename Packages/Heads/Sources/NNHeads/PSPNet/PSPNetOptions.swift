import NNLayers

/// What a configuration may say about a ``PSPNet``.
public struct PSPNetOptions: HeadOptions {
    /// The stride of the feature that is pooled; by default the coarsest.
    public var stride: Int?
    /// The number of regions along each axis, one for each part of the pyramid.
    public var bins = [1, 2, 3, 6]
    /// The channels of each part and of the result; by default a quarter of the feature's.
    public var width: Int?
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
        try requireSomePositive("bins", bins)
        try requirePositive("width", width)
        try requireDropout(dropout)
    }
}
