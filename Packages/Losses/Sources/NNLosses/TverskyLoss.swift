import NNLayers

/// 1 - the Tversky index of softmax and labels, in which wrong and missed pixels may count differently
/// (Salehi et al. 2017).
///
/// For each picture and class, with intersection I, prediction P and label L as sums over pixels, the index is
/// (I + smooth) / (I + alpha (P - I) + beta (L - I) + smooth). Alpha and beta of 1/2 make it the Dice loss.
public final class TverskyLoss: Loss, ClassWeighted {
    /// What false positives cost.
    public let alpha: Float
    /// What false negatives cost.
    public let beta: Float
    /// In pixels; keeps small areas from a steep loss.
    public let smooth: Float
    public let classes: OverlapClasses
    public let classWeights: [Float]?
    /// The label of what does not count.
    public let ignoreIndex: Int?
    private let weights: Tensor?

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

    /// What configurations and initializers refuse alike.
    static func check(alpha: Float, beta: Float, smooth: Float) throws(OptionError) {
        try OptionError.check("alpha", alpha, .notNegative)
        try OptionError.check("beta", beta, .notNegative)
        if alpha == 0 && beta == 0 { throw OptionError("beta", "must be positive where alpha is 0") }
        // With 0 an empty class would be 0 / 0.
        try OptionError.check("smooth", smooth, .positive)
    }

    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        ClassWeights.requireCount(of: weights, for: logits, loss: "TverskyLoss")
        return SoftAreas(logits, labels: labels, ignoreIndex: ignoreIndex).tverskyLoss(
            falsePositives: alpha, falseNegatives: beta, smooth: smooth, classes: classes, weights: weights)
    }
}

/// What a configuration may say about ``TverskyLoss``.
public struct TverskyLossOptions: ComponentOptions {
    /// What false positives cost.
    public var alpha: Float = 0.3
    /// What false negatives cost.
    public var beta: Float = 0.7
    /// In pixels; keeps small areas from a steep loss.
    public var smooth: Float = 1
    /// Which classes of a picture count: `present` or `all`.
    public var classes = OverlapClasses.present
    /// By default all classes count alike.
    public var classWeights: ClassWeights?

    public init() {}

    public func validate() throws {
        try TverskyLoss.check(alpha: alpha, beta: beta, smooth: smooth)
        try classWeights?.validate()
    }
}

extension TverskyLoss {
    /// The loss that options describe.
    /// - Throws: `OptionError` unless there is a weight for each class.
    public convenience init(_ options: TverskyLossOptions, _ environment: LossEnvironment) throws {
        self.init(
            alpha: options.alpha, beta: options.beta, smooth: options.smooth, classes: options.classes,
            classWeights: try options.classWeights?.resolved(for: environment),
            ignoreIndex: environment.ignoreIndex)
    }
}
