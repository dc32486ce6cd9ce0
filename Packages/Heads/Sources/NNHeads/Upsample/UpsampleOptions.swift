import NNLayers

/// What a configuration may say about an ``UpsampleHead``.
public struct UpsampleOptions: StagedDecoderOptions {
    /// The number of convolutions in each stage, from coarse to fine; by default those of SegNet.
    public var convolutions: [Int]?
    /// The channels that come out of each stage, from coarse to fine; by default those of the next finer
    /// feature.
    public var widths: [Int]?
    /// Whether the first or the last convolution of a stage changes the width.
    public var narrows = NarrowingPlace.last
    /// How maps are enlarged.
    public var interpolation = Interpolation.nearest
    /// The part of the deepest map that training drops.
    public var dropout: Float = 0
    public var classifierKernel = 3
    /// Whether the last convolution has a bias.
    public var classifierBias = true
    /// Whether the other convolutions have biases although a normalization follows.
    public var convBias = false
    public var normalization: ConfigNode = "batch_norm"
    public var activation: ConfigNode = "relu"
    public var initializer: ConfigNode = "he_normal"

    public init() {}

    public func validate() throws {
        try validateDecoder()
        try requirePositive("widths", widths ?? [])
    }
}
