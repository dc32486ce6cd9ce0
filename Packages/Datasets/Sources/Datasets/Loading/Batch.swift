import NNLayers

/// Samples as one step of training takes them.
public struct Batch: Sendable {
    /// `[N, H, W, 3]`, float32 or bfloat16, normalized.
    public let images: Tensor
    /// The class indices, int32: `[N]`, or `[N, H, W]` for segmentation.
    public let labels: Tensor
    /// The numbers of the samples in their data set.
    public let indices: [Int]

    /// The number of samples.
    public var count: Int { indices.count }

    public init(images: Tensor, labels: Tensor, indices: [Int]) {
        self.images = images
        self.labels = labels
        self.indices = indices
    }
}
