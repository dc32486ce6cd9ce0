import NNLayers

/// What a configuration may say about a ``UPerNet``.
public struct UPerNetOptions: HeadOptions {
    /// The strides of the features that are joined; by default all of them.
    public var strides: [Int]?
    /// The number of regions along each axis, one for each part of the pooling pyramid.
    public var bins = [1, 2, 3, 6]
    /// The channels of every map.
    public var width = 512
    /// How maps are enlarged.
    public var interpolation = Interpolation.bilinear
    /// The part of the last map that training drops.
    public var dropout: Float = 0.1
    public var normalization: ConfigNode = "batch_norm"
    public var activation: ConfigNode = "relu"
    public var initializer: ConfigNode = "he_normal"

    public init() {}

    public func validate() throws {
        if let strides { try requireSomePositive("strides", strides) }
        try requireSomePositive("bins", bins)
        try requirePositive("width", [width])
        try requireDropout(dropout)
    }
}
