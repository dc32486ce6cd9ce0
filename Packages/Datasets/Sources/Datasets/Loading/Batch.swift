import NNLayers

/// Samples as one step of training takes them.
public struct Batch: Sendable {
    /// `[N, H, W, 3]`, float32 or bfloat16, normalized; `[N, 1, 1, C]` where features stand for pictures.
    public let images: Tensor
    /// The class indices, int32: `[N]`, or `[N, H, W]` for segmentation.
    public let labels: Tensor
    /// Further labels that the images are partly of; nil where none were mixed.
    public var mixture: LabelMixture?
    /// The numbers of the samples in their data set.
    public let indices: [Int]

    /// The number of samples.
    public var count: Int { indices.count }

    public init(images: Tensor, labels: Tensor, indices: [Int], mixture: LabelMixture? = nil) {
        self.images = images
        self.labels = labels
        self.indices = indices
        self.mixture = mixture
    }
}

/// The second labels of images that were mixed with others.
///
/// The loss of such a batch is that by ``Batch/labels`` and that by these labels, weighted by their shares.
public struct LabelMixture: Sendable {
    /// In the shape of the batch's labels.
    public let labels: Tensor
    /// The part of the images that these labels are for, from 0 to 1.
    public let share: Float

    public init(labels: Tensor, share: Float) {
        self.labels = labels
        self.share = share
    }
}
