import NNLayers

/// 1 - the soft Dice coefficient of softmax and labels (Milletari et al. 2016, without squares).
///
/// For each picture and class, with intersection I, prediction P and label L as sums over pixels, the
/// coefficient is (2 I + smooth) / (P + L + smooth). Averaged over classes with their weights, then over the
/// pictures that have labels. Images, of which each is one prediction, are taken as the pixels of one picture.
public final class DiceLoss: Loss, ClassWeighted {
    /// In pixels; keeps small areas from a steep loss.
    public let smooth: Float
    public let classes: OverlapClasses
    public let classWeights: [Float]?
    /// The label of what does not count.
    public let ignoreIndex: Int?
    private let weights: Tensor?

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

    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        ClassWeights.requireCount(of: weights, for: logits, loss: "DiceLoss")
        // Numerator and denominator of the coefficient are halved.
        return SoftAreas(logits, labels: labels, ignoreIndex: ignoreIndex).tverskyLoss(
            falsePositives: 0.5, falseNegatives: 0.5, smooth: smooth / 2, classes: classes, weights: weights)
    }
}

/// What a configuration may say about ``DiceLoss``.
public struct DiceLossOptions: ComponentOptions {
    /// In pixels; keeps small areas from a steep loss.
    public var smooth: Float = 1
    /// Which classes of a picture count: `present` or `all`.
    public var classes = OverlapClasses.present
    /// By default all classes count alike.
    public var classWeights: ClassWeights?

    public init() {}

    public func validate() throws {
        try OptionError.check("smooth", smooth, .positive)
        try classWeights?.validate()
    }
}

extension DiceLoss {
    /// The loss that options describe.
    /// - Throws: `OptionError` unless there is a weight for each class.
    public convenience init(_ options: DiceLossOptions, _ environment: LossEnvironment) throws {
        self.init(
            smooth: options.smooth, classes: options.classes,
            classWeights: try options.classWeights?.resolved(for: environment),
            ignoreIndex: environment.ignoreIndex)
    }
}
