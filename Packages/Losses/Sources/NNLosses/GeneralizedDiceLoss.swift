import NNLayers

/// 1 - the generalized Dice coefficient of softmax and labels, which weights rare classes up (Sudre et al. 2017).
///
/// For each image, with intersection I, prediction P and label L of each class as sums over pixels, the
/// coefficient is 2 Σ w I / Σ w (P + L), where w = 1 / L². A class that is absent from the image, for which w would be
/// infinite, has the weight of the rarest class that is present: false positives of both cost the same. An image
/// without labels is left out. The loss is the mean over the others; in classification the images of a batch count as
/// the pixels of one image. Of a data set it is the mean over the images, each measured alone, whatever the batches.
public final class GeneralizedDiceLoss: Loss, ClassWeighted {
    /// Factors of w, one for each class; nil where all are 1.
    public let classWeights: [Float]?
    /// The label of images or pixels to ignore.
    public let ignoreIndex: Int?
    private let weights: Tensor?

    /// - Parameters:
    ///   - classWeights: Factors of w, one for each class.
    ///   - ignoreIndex: The label of images or pixels to ignore.
    public init(classWeights: [Float]? = nil, ignoreIndex: Int? = nil) {
        requireOptions("GeneralizedDiceLoss") { try ClassWeights.check(classWeights) }
        self.classWeights = classWeights
        self.ignoreIndex = ignoreIndex
        weights = classWeights.map { Tensor($0) }
    }

    /// The loss of a batch: one float32 number, of logits `[N, ..., classes]` and labels `[N, ...]`.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        ClassWeights.requireCount(of: weights, for: logits, loss: "GeneralizedDiceLoss")
        let areas = SoftAreas(logits, labels: labels, ignoreIndex: ignoreIndex)
        let isPresent = areas.labels.isGreater(than: 0)
        let rarest = Tensor.select(isPresent, areas.labels, Tensor(scalar: Float.infinity))
            .min(axes: [1], keepsDimensions: true)
        // Relative to the rarest class, so that 1 / L² does not leave the range of float32.
        var shares = Tensor.select(isPresent, (rarest / areas.labels).squared(), Tensor(scalar: 1 as Float))
        if let weights { shares = shares * weights }
        func sum(_ values: Tensor) -> Tensor { (values * shares).sum(axes: [1], keepsDimensions: true) }
        let total = maximum(
            sum(areas.predictions + areas.labels), Tensor(scalar: Float.leastNormalMagnitude))
        return SoftAreas.mean(1 - 2 * sum(areas.intersections) / total, counted: areas.counted)
    }
}

extension GeneralizedDiceLoss {
    /// Options of ``GeneralizedDiceLoss``.
    struct Options: BuildableOptions {
        /// Factors of the weights that follow from the areas; by default 1.
        var classWeights: ClassWeights?

        /// The defaults.
        init() {}

        func validate() throws { try classWeights?.validate() }

        func build(_ environment: LossEnvironment, in registry: Registry) throws -> any Loss {
            GeneralizedDiceLoss(
                classWeights: try classWeights?.resolved(for: environment), ignoreIndex: environment.ignoreIndex)
        }
    }
}
