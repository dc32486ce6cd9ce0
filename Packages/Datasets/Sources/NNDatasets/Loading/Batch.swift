import NNLayers

/// The samples of one training step.
public struct Batch: Sendable {
    /// The normalized images, `[N, H, W, C]` in float32 or bfloat16; `[N, 1, 1, C]` for precomputed features.
    public let images: Tensor
    /// The class indices, int32: `[N]` for classification, `[N, H, W]` for segmentation. For flags and values float32,
    /// `[N, C]` or `[N, ...]` of another shape, with NaN for unknown ones.
    public let labels: Tensor
    /// Second labels of mixed images; nil where none were mixed.
    public var mixture: LabelMixture?
    /// The indices of the samples in their data set, N of them.
    public let indices: [Int]
    /// The positions in the batch of samples that replace broken ones. Each of them also has a turn of its own.
    public let standIns: Set<Int>
    /// The masks before the transforms, N of them, in batches for evaluation; ``labels`` are then `[N]` zeros. Nil in
    /// other batches, and where images have no masks.
    public var originals: [OriginalMask]?

    /// The number of samples, N.
    public var count: Int { indices.count }

    /// - Parameters:
    ///   - images: `[N, H, W, C]`, or `[N, 1, 1, C]` for features, float32 or bfloat16.
    ///   - labels: `[N]` or `[N, H, W]`, int32; or `[N, ...]`, float32.
    ///   - indices: The indices of the samples in their data set, N of them.
    ///   - mixture: Second labels of mixed images.
    ///   - standIns: The positions in the batch of samples that replace broken ones.
    public init(images: Tensor, labels: Tensor, indices: [Int], mixture: LabelMixture? = nil, standIns: Set<Int> = []) {
        self.images = images
        self.labels = labels
        self.indices = indices
        self.standIns = standIns
        self.mixture = mixture
    }

    /// The batch without replacements of broken samples, so that a metric counts each sample once; nil if nothing is
    /// left.
    @_spi(Internal) public var withoutStandIns: Batch? {
        if standIns.isEmpty { return self }
        let own = indices.indices.filter { !standIns.contains($0) }
        guard !own.isEmpty else { return nil }
        var batch = Batch(
            images: images.slices(own), labels: labels.slices(own), indices: own.map { indices[$0] },
            mixture: mixture.map { LabelMixture(labels: $0.labels.slices(own), share: $0.share) })
        batch.originals = originals.map { originals in own.map { originals[$0] } }
        return batch
    }
}

/// The second labels of mixed images.
///
/// The loss of such a batch is the weighted mean of those by ``Batch/labels`` and by these labels.
public struct LabelMixture: Sendable {
    /// The labels of the other images, in the shape and type of the batch's labels.
    public let labels: Tensor
    /// The weight of these labels, from 0 to 1.
    public let share: Float

    /// - Parameters:
    ///   - labels: The labels of the other images, in the shape and type of the batch's labels.
    ///   - share: The weight of these labels, from 0 to 1.
    public init(labels: Tensor, share: Float) {
        self.labels = labels
        self.share = share
    }
}
