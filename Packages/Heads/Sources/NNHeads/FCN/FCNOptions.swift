import NNLayers

/// What a configuration may say about an ``FCN``.
public struct FCNOptions: HeadOptions {
    /// The stride of the feature that scores are made of; by default the coarsest. 16 makes the auxiliary
    /// head that is usual beside another.
    public var stride: Int?
    /// The place of that feature, from 0 for the finest, where several have the same stride as in dilated
    /// backbones; in place of `stride`.
    public var feature: Int?
    /// The strides of finer features whose scores are added, from coarse to fine: [16] is FCN-16s, [16, 8]
    /// is FCN-8s.
    public var skipStrides: [Int] = []
    /// The number of convolutions before the scores.
    public var convolutions = 1
    /// The channels of these convolutions; by default a quarter of the feature's.
    public var width: Int?
    public var kernel = 3
    public var dilation = 1
    /// Whether the feature itself is joined once more, by one convolution more.
    public var concatenatesInput = false
    /// How scores are enlarged.
    public var interpolation = Interpolation.bilinear
    /// The part of the last map that training drops.
    public var dropout: Float = 0.1
    public var normalization: ConfigNode = "batch_norm"
    public var activation: ConfigNode = "relu"
    public var initializer: ConfigNode = "he_normal"

    public init() {}

    public func validate() throws {
        try requirePositive("stride", stride)
        if stride != nil, feature != nil {
            throw OptionError("feature", "cannot stand beside stride; state one of them")
        }
        try requirePositive("skip_strides", skipStrides)
        try requireConvolutions([convolutions], atLeast: 0)
        try requirePositive("width", width)
        try requireOddKernel("kernel", kernel)
        try requirePositive("dilation", [dilation])
        try requireDropout(dropout)
    }
}
