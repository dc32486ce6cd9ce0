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
    /// The positions of samples that stand in for broken ones; each of them has a place of its own besides.
    public let standIns: Set<Int>

    /// The number of samples.
    public var count: Int { indices.count }

    public init(images: Tensor, labels: Tensor, indices: [Int], mixture: LabelMixture? = nil, standIns: Set<Int> = []) {
        self.images = images
        self.labels = labels
        self.indices = indices
        self.standIns = standIns
        self.mixture = mixture
    }

    /// The batch as a measurement takes it, which counts each sample once; nil where nothing is left.
    public var withoutStandIns: Batch? {
        if standIns.isEmpty { return self }
        let own = indices.indices.filter { !standIns.contains($0) }
        guard !own.isEmpty else { return nil }
        return Batch(
            images: images.slices(own), labels: labels.slices(own), indices: own.map { indices[$0] },
            mixture: mixture.map { LabelMixture(labels: $0.labels.slices(own), share: $0.share) })
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
