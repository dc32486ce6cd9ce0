import NNLayers

/// Cross entropy between the softmax of logits and class indices, averaged over images or pixels.
///
/// Smoothing, weights and ignored labels are those of PyTorch's `cross_entropy`.
public final class CrossEntropy: Loss {
    /// The share of the target that is spread over all classes (Szegedy et al. 2016).
    public let labelSmoothing: Float
    /// `[classes]`
    public let classWeights: Tensor?
    /// The label of what does not count.
    public let ignoreIndex: Int?

    /// - Parameter classWeights: One for each class; the mean is over the weights of the labels.
    public init(labelSmoothing: Float = 0, classWeights: [Float]? = nil, ignoreIndex: Int? = nil) {
        self.labelSmoothing = labelSmoothing
        self.classWeights = classWeights.map { Tensor($0) }
        self.ignoreIndex = ignoreIndex
    }

    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        logits.softmaxCrossEntropy(
            labels: labels, labelSmoothing: labelSmoothing, classWeights: classWeights, ignoreIndex: ignoreIndex)
    }
}

/// What a configuration may say about ``CrossEntropy``.
public struct CrossEntropyOptions: ComponentOptions {
    /// The share of the target that is spread over all classes.
    public var labelSmoothing: Float = 0
    /// One for each class; by default all count alike.
    public var classWeights: [Float]?
    /// The label of what does not count; by default that of the data set.
    public var ignoreIndex: Int?

    public init() {}

    public func validate() throws {
        if !(0...1).contains(labelSmoothing) {
            throw OptionError("label_smoothing", "must be between 0 and 1, not \(labelSmoothing)")
        }
        if let classWeights,
            !classWeights.allSatisfy({ $0 >= 0 && $0.isFinite }) || classWeights.allSatisfy({ $0 == 0 })
        {
            throw OptionError("class_weights", "must be 0 or more and not all 0")
        }
    }
}

extension CrossEntropy {
    /// The loss that options describe.
    /// - Throws: ``OptionError`` unless there is a weight for each class.
    public convenience init(_ options: CrossEntropyOptions, _ environment: LossEnvironment) throws {
        if let weights = options.classWeights, weights.count != environment.classCount {
            throw OptionError(
                "class_weights", "has \(weights.count) values, but there are \(environment.classCount) classes")
        }
        self.init(
            labelSmoothing: options.labelSmoothing, classWeights: options.classWeights,
            ignoreIndex: options.ignoreIndex ?? environment.ignoreIndex)
    }
}
