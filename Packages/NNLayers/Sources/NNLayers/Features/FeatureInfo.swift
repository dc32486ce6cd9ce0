/// What a backbone says of one of its feature maps before any image is seen.
public struct FeatureInfo: Hashable, Sendable {
    /// The number of channels.
    public var channels: Int
    /// How many pixels of the image lie between neighbouring pixels of the map.
    public var stride: Int
    /// Whether the indices of the pooling that follows this map come with it, as un-pooling needs.
    public var hasPoolingIndices: Bool

    public init(channels: Int, stride: Int, hasPoolingIndices: Bool = false) {
        self.channels = channels
        self.stride = stride
        self.hasPoolingIndices = hasPoolingIndices
    }
}

/// A feature map as a backbone hands it to a head.
public struct Feature {
    /// `[N, H, W, C]`
    public var map: Tensor
    /// `[N, H/2, W/2, C]` int32: where in the map each maximum of the following pooling lay.
    public var poolingIndices: Tensor?

    public init(_ map: Tensor, poolingIndices: Tensor? = nil) {
        self.map = map
        self.poolingIndices = poolingIndices
    }
}
