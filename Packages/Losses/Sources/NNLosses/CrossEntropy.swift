import NNLayers

/// Cross entropy between the softmax of logits and class indices, averaged over images or pixels.
///
/// Smoothing, weights and ignored labels are those of PyTorch's `cross_entropy`.
public final class CrossEntropy: Loss, ClassWeighted {
    /// The share of the target that is spread over all classes (Szegedy et al. 2016).
    public let labelSmoothing: Float
    public let classWeights: [Float]?
    /// The label of what does not count.
    public let ignoreIndex: Int?
    private let weights: Tensor?

    /// - Parameter classWeights: One for each class; the mean is over the weights of the labels.
    public init(labelSmoothing: Float = 0, classWeights: [Float]? = nil, ignoreIndex: Int? = nil) {
        requireOptions("CrossEntropy") {
            try OptionError.check("label_smoothing", labelSmoothing, .fraction)
            try ClassWeights.check(classWeights)
        }
        self.labelSmoothing = labelSmoothing
        self.classWeights = classWeights
        self.ignoreIndex = ignoreIndex
        weights = classWeights.map { Tensor($0) }
    }

    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        logits.softmaxCrossEntropy(
            labels: labels, labelSmoothing: labelSmoothing, classWeights: weights, ignoreIndex: ignoreIndex)
    }
}

/// What a configuration may say about ``CrossEntropy``.
public struct CrossEntropyOptions: ComponentOptions {
    /// The share of the target that is spread over all classes.
    public var labelSmoothing: Float = 0
    /// By default all classes count alike.
    public var classWeights: ClassWeights?

    public init() {}

    public func validate() throws {
        try OptionError.check("label_smoothing", labelSmoothing, .fraction)
        try classWeights?.validate()
    }
}

extension CrossEntropy {
    /// The loss that options describe.
    /// - Throws: `OptionError` unless there is a weight for each class.
    public convenience init(_ options: CrossEntropyOptions, _ environment: LossEnvironment) throws {
        self.init(
            labelSmoothing: options.labelSmoothing,
            classWeights: try options.classWeights?.resolved(for: environment),
            ignoreIndex: environment.ignoreIndex)
    }
}
