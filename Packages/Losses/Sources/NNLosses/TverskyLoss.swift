import NNLayers

/// 1 - the Tversky index of softmax and labels, with a factor each for false positives and false negatives
/// (Salehi et al. 2017).
///
/// For each image and class, with intersection I, prediction P and label L as sums over pixels, the index is
/// (I + smooth) / (I + alpha (P - I) + beta (L - I) + smooth). Alpha and beta of 1/2 make it the Dice loss.
/// Over a data set it is the mean over the images, each measured alone, independent of the batch size.
public final class TverskyLoss: Loss, ClassWeighted {
    /// The factor of false positives.
    public let alpha: Float
    /// The factor of false negatives.
    public let beta: Float
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
    ///   - alpha: The factor of false positives, 0 or more.
    ///   - beta: The factor of false negatives, 0 or more; not both are 0.
    ///   - smooth: Added to the areas, in pixels, so that small areas do not have a steep loss; above 0.
    ///   - classes: The classes of an image that count.
    ///   - classWeights: One factor for each class.
    ///   - ignoreIndex: The label of images or pixels to ignore.
    public init(
        alpha: Float = 0.3, beta: Float = 0.7, smooth: Float = 1, classes: OverlapClasses = .present,
        classWeights: [Float]? = nil, ignoreIndex: Int? = nil
    ) {
        requireOptions("TverskyLoss") {
            try Self.check(alpha: alpha, beta: beta, smooth: smooth)
            try ClassWeights.check(classWeights)
        }
        self.alpha = alpha
        self.beta = beta
        self.smooth = smooth
        self.classes = classes
        self.classWeights = classWeights
        self.ignoreIndex = ignoreIndex
        weights = classWeights.map { Tensor($0) }
    }

    fileprivate static func check(alpha: Float, beta: Float, smooth: Float) throws(OptionError) {
        try OptionError.check("alpha", alpha, .notNegative)
        try OptionError.check("beta", beta, .notNegative)
        if alpha == 0 && beta == 0 { throw OptionError("beta", "must be positive where alpha is 0") }
        // With 0 an empty class would be 0 / 0.
        try OptionError.check("smooth", smooth, .positive)
    }

    /// The mean over the images with a class that counts, each measured alone.
    public func measure(_ logits: Tensor, labels: Tensor) -> LossTotal {
        measureImages(logits, labels: labels, classes: classes)
    }

    /// The loss of a batch: one float32 number, of logits `[N, ..., classes]` and labels `[N, ...]`.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        ClassWeights.requireCount(of: weights, for: logits, loss: "TverskyLoss")
        return SoftAreas(logits, labels: labels, ignoreIndex: ignoreIndex).tverskyLoss(
            falsePositives: alpha, falseNegatives: beta, smooth: smooth, classes: classes, weights: weights)
    }
}

extension TverskyLoss {
    /// Options of ``TverskyLoss``.
    struct Options: BuildableOptions {
        /// The factor of false positives.
        var alpha: Float = 0.3
        /// The factor of false negatives.
        var beta: Float = 0.7
        /// Added to the areas, in pixels, so that small areas do not have a steep loss.
        var smooth: Float = 1
        /// The classes of an image that count: `present` or `all`.
        var classes = OverlapClasses.present
        /// By default all classes count the same.
        var classWeights: ClassWeights?

        /// The defaults.
        init() {}

        func validate() throws {
            try TverskyLoss.check(alpha: alpha, beta: beta, smooth: smooth)
            try classWeights?.validate()
        }

        func build(_ environment: LossEnvironment, in registry: Registry) throws -> any Loss {
            TverskyLoss(
                alpha: alpha, beta: beta, smooth: smooth, classes: classes,
                classWeights: try classWeights?.resolved(for: environment), ignoreIndex: environment.ignoreIndex)
        }
    }
}
