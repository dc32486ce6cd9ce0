import NNLayers

/// What a configuration may say about a ``UNet``.
public struct UNetOptions: HeadOptions {
    /// The channels that come out of each stage, from coarse to fine; by default those of the feature that
    /// it joins, as in the paper.
    public var widths: [Int]?
    /// The number of convolutions in each stage.
    public var convolutions = 2
    /// How maps are enlarged.
    public var interpolation = Interpolation.nearest
    /// The part of the last map that training drops.
    public var dropout: Float = 0
    public var normalization: ConfigNode = "batch_norm"
    public var activation: ConfigNode = "relu"
    public var initializer: ConfigNode = "he_normal"

    public init() {}

    public func validate() throws {
        try requirePositive("widths", widths ?? [])
        try requireConvolutions([convolutions])
        try requireDropout(dropout)
    }
}
