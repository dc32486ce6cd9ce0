import NNLayers

/// The focal loss over softmax: cross entropy that down-weights easy examples (Lin et al. 2017).
///
/// With p the probability of the label it is alpha (1 - p)^gamma (-log p), averaged over images or pixels
/// as by ``CrossEntropy``, which it equals for gamma 0 and alpha 1.
public final class FocalLoss: Loss, ClassWeighted {
    /// The factor of the whole loss; class weights are what distinguishes classes.
    public let alpha: Float
    /// The focusing exponent: larger values down-weight easy examples more.
    public let gamma: Float
    /// One factor for each class; nil where all classes count the same.
    public let classWeights: [Float]?
    /// The label of images or pixels to ignore.
    public let ignoreIndex: Int?
    private let weights: Tensor?

    /// - Parameters:
    ///   - alpha: The factor of the whole loss, above 0.
    ///   - gamma: The focusing exponent, 0 or more: larger values down-weight easy examples more.
    ///   - classWeights: One factor for each class; the mean is weighted by those of the labels.
    ///   - ignoreIndex: The label of images or pixels to ignore.
    public init(alpha: Float = 1, gamma: Float = 2, classWeights: [Float]? = nil, ignoreIndex: Int? = nil) {
        requireOptions("FocalLoss") {
            try Self.check(alpha: alpha, gamma: gamma)
            try ClassWeights.check(classWeights)
        }
        self.alpha = alpha
        self.gamma = gamma
        self.classWeights = classWeights
        self.ignoreIndex = ignoreIndex
        weights = classWeights.map { Tensor($0) }
    }

    fileprivate static func check(alpha: Float, gamma: Float) throws(OptionError) {
        try OptionError.check("alpha", alpha, .positive)
        try OptionError.check("gamma", gamma, .notNegative)
    }

    /// The sum of the class weights of the labels that count.
    public func weight(of labels: Tensor) -> Double? {
        ClassWeights.total(of: labels, weights: classWeights, ignoreIndex: ignoreIndex)
    }

    /// The loss of a batch: one float32 number, of logits `[N, ..., classes]` and labels `[N, ...]`.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        let loss = logits.softmaxFocalLoss(
            labels: labels, gamma: gamma, classWeights: weights, ignoreIndex: ignoreIndex)
        return alpha == 1 ? loss : loss * alpha
    }
}

extension FocalLoss {
    /// Options of ``FocalLoss``.
    struct Options: BuildableOptions {
        /// The factor of the whole loss.
        var alpha: Float = 1
        /// The focusing exponent: larger values down-weight easy examples more; 0 for cross entropy.
        var gamma: Float = 2
        /// By default all classes count the same.
        var classWeights: ClassWeights?

        /// The defaults.
        init() {}

        func validate() throws {
            try FocalLoss.check(alpha: alpha, gamma: gamma)
            try classWeights?.validate()
        }

        func build(_ environment: LossEnvironment, in registry: Registry) throws -> any Loss {
            FocalLoss(
                alpha: alpha, gamma: gamma, classWeights: try classWeights?.resolved(for: environment),
                ignoreIndex: environment.ignoreIndex)
        }
    }
}
