import NNLayers

/// What a configuration may say about a ``SegNet``.
public struct SegNetOptions: StagedDecoderOptions {
    /// The number of convolutions in each stage, from coarse to fine; by default 3 and at the end 2 and 1, as
    /// in the paper.
    public var convolutions: [Int]?
    /// Whether the first or the last convolution of a stage changes the width.
    public var narrows = NarrowingPlace.last
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

    public func validate() throws { try validateDecoder() }
}
