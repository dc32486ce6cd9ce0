import NNLayers

/// The focal loss over softmax: cross entropy in which what is predicted well counts less (Lin et al. 2017).
///
/// With p the probability of the label it is alpha (1 - p)^gamma (-log p), averaged over images or pixels
/// as by ``CrossEntropy``, which it is for gamma 0 and alpha 1.
public final class FocalLoss: Loss, ClassWeighted {
    /// The factor of the whole loss. What counts some classes more than others are the class weights.
    public let alpha: Float
    /// How strongly well predicted positions are left out of account.
    public let gamma: Float
    public let classWeights: [Float]?
    /// The label of what does not count.
    public let ignoreIndex: Int?
    private let weights: Tensor?

    /// - Parameter classWeights: One for each class; the mean is over the weights of the labels.
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

    /// What configurations and initializers refuse alike.
    static func check(alpha: Float, gamma: Float) throws(OptionError) {
        try OptionError.check("alpha", alpha, .positive)
        try OptionError.check("gamma", gamma, .notNegative)
    }

    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        let loss = logits.softmaxFocalLoss(
            labels: labels, gamma: gamma, classWeights: weights, ignoreIndex: ignoreIndex)
        return alpha == 1 ? loss : loss * alpha
    }
}

/// What a configuration may say about ``FocalLoss``.
public struct FocalLossOptions: ComponentOptions {
    /// The factor of the whole loss.
    public var alpha: Float = 1
    /// How strongly well predicted positions are left out of account; 0 for cross entropy.
    public var gamma: Float = 2
    /// By default all classes count alike.
    public var classWeights: ClassWeights?

    public init() {}

    public func validate() throws {
        try FocalLoss.check(alpha: alpha, gamma: gamma)
        try classWeights?.validate()
    }
}

extension FocalLoss {
    /// The loss that options describe.
    /// - Throws: `OptionError` unless there is a weight for each class.
    public convenience init(_ options: FocalLossOptions, _ environment: LossEnvironment) throws {
        self.init(
            alpha: options.alpha, gamma: options.gamma,
            classWeights: try options.classWeights?.resolved(for: environment),
            ignoreIndex: environment.ignoreIndex)
    }
}
