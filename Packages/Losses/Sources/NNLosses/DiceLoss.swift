import NNLayers

/// 1 - the soft Dice coefficient of softmax and labels (Milletari et al. 2016, without squares).
///
/// For each image and class, with intersection I, prediction P and label L as sums over pixels, the
/// coefficient is (2 I + smooth) / (P + L + smooth). Averaged over classes with their weights, then over the
/// images that have labels. In classification the images of a batch count as the pixels of one image.
/// Over a data set it is the mean over the images, each measured alone, independent of the batch size.
public final class DiceLoss: Loss, ClassWeighted {
    /// Added to the areas, in pixels, so that small areas do not have a steep loss.
    public let smooth: Float
    /// The classes of an image that count.
    public let classes: OverlapClasses
    /// One factor for each class; nil where all classes count the same.
    public let classWeights: [Float]?
    /// The label of images or pixels to ignore.
    public let ignoreIndex: Int?
    private let weights: Tensor?

    /// - Parameters:
    ///   - smooth: Added to the areas, in pixels, so that small areas do not have a steep loss; above 0.
    ///   - classes: The classes of an image that count.
    ///   - classWeights: One factor for each class.
    ///   - ignoreIndex: The label of images or pixels to ignore.
    public init(
        smooth: Float = 1, classes: OverlapClasses = .present, classWeights: [Float]? = nil, ignoreIndex: Int? = nil
    ) {
        requireOptions("DiceLoss") {
            try OptionError.check("smooth", smooth, .positive)
            try ClassWeights.check(classWeights)
        }
        self.smooth = smooth
        self.classes = classes
        self.classWeights = classWeights
        self.ignoreIndex = ignoreIndex
        weights = classWeights.map { Tensor($0) }
    }

    /// The mean over the images with a class that counts, each measured alone.
    public func measure(_ logits: Tensor, labels: Tensor) -> LossTotal {
        measureImages(logits, labels: labels, classes: classes)
    }

    /// The loss of a batch: one float32 number, of logits `[N, ..., classes]` and labels `[N, ...]`.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        ClassWeights.requireCount(of: weights, for: logits, loss: "DiceLoss")
        // Numerator and denominator of the coefficient are halved.
        return SoftAreas(logits, labels: labels, ignoreIndex: ignoreIndex).tverskyLoss(
            falsePositives: 0.5, falseNegatives: 0.5, smooth: smooth / 2, classes: classes, weights: weights)
    }
}

extension DiceLoss {
    /// Options of ``DiceLoss``.
    struct Options: BuildableOptions {
        /// Added to the areas, in pixels, so that small areas do not have a steep loss.
        var smooth: Float = 1
        /// The classes of an image that count: `present` or `all`.
        var classes = OverlapClasses.present
        /// By default all classes count the same.
        var classWeights: ClassWeights?

        /// The defaults.
        init() {}

        func validate() throws {
            try check("smooth", smooth, .positive)
            try classWeights?.validate()
        }

        func build(_ environment: LossEnvironment, in registry: Registry) throws -> any Loss {
            DiceLoss(
                smooth: smooth, classes: classes, classWeights: try classWeights?.resolved(for: environment),
                ignoreIndex: environment.ignoreIndex)
        }
    }
}
