/// Keeps the feature maps of a backbone at an output stride: strides beyond it are replaced by dilation of what
/// follows, which keeps its receptive field (Chen et al. 2017, "DeepLab").
///
/// ```swift
/// var strides = OutputStride(16)
/// let stride = strides.apply(2)          // 2, or 1 where the limit is reached
/// let dilation = strides.dilation
/// ```
public struct OutputStride {
    /// The output strides that backbones accept.
    public static let choices = [8, 16, 32]

    /// The largest stride of a feature map.
    public let limit: Int
    /// The stride of the feature maps so far.
    public private(set) var reached = 1
    /// The dilation of windows over the feature maps so far.
    public private(set) var dilation = 1

    /// Starts at the image, with a stride of 1.
    /// - Parameter limit: One of ``choices``.
    public init(_ limit: Int) {
        requireOptions("OutputStride") { try OptionError.check("output_stride", limit, oneOf: Self.choices) }
        self.limit = limit
    }

    /// Records a layer with a stride, and returns the stride that it is to have.
    /// - Parameter stride: From 1 to 65,536.
    public mutating func apply(_ stride: Int) -> Int {
        require(stride, .size, "OutputStride: the stride of a layer")
        if reached * stride > limit {
            dilation *= stride
            return 1
        }
        reached *= stride
        return stride
    }
}
