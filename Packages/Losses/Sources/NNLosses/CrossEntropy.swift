import NNLayers

/// Cross entropy between the softmax of logits and class indices, averaged over images or pixels.
///
/// Smoothing, weights and ignored labels are those of PyTorch's `cross_entropy`.
///
/// ```swift
/// let loss = CrossEntropy(labelSmoothing: 0.1, ignoreIndex: 255)
/// loss(logits, labels: labels)
/// ```
public final class CrossEntropy: Loss, ClassWeighted {
    /// The share of the target that is spread over all classes (Szegedy et al. 2016).
    public let labelSmoothing: Float
    /// One factor for each class; nil where all classes count the same.
    public let classWeights: [Float]?
    /// The label of images or pixels to ignore.
    public let ignoreIndex: Int?
    private let weights: Tensor?

    /// - Parameters:
    ///   - labelSmoothing: The share of the target that is spread over all classes, from 0 to 1.
    ///   - classWeights: One factor for each class; the mean is weighted by those of the labels.
    ///   - ignoreIndex: The label of images or pixels to ignore.
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

    /// The sum of the class weights of the labels that count; a batch whose labels all have the weight 0 counts nothing.
    public func weight(of labels: Tensor) -> Double? {
        ClassWeights.total(of: labels, weights: classWeights, ignoreIndex: ignoreIndex)
    }

    /// The mean over the class weights of the labels, to which smoothing adds a cost of all classes for each label: also for
    /// labels whose own weight is 0.
    public func measure(_ logits: Tensor, labels: Tensor) -> LossTotal {
        let weight = ClassWeights.total(of: labels, weights: classWeights, ignoreIndex: ignoreIndex)
        guard weight == 0, labelSmoothing > 0, let weights else {
            return LossTotal(mean: Double(self(logits, labels: labels).item), weight: weight)
        }
        var costs = -(logits.cast(to: .float32).logSoftmax() * weights).sum(axes: [-1])
        if let ignoreIndex { costs = costs.replacing(with: 0 as Float, where: labels.isEqual(to: ignoreIndex)) }
        return LossTotal(
            sum: Double(labelSmoothing) / Double(logits.shape[-1]) * Double(costs.sum().item), weight: 0)
    }

    /// The loss of a batch: one float32 number, of logits `[N, ..., classes]` and labels `[N, ...]`.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        logits.softmaxCrossEntropy(
            labels: labels, labelSmoothing: labelSmoothing, classWeights: weights, ignoreIndex: ignoreIndex)
    }
}

extension CrossEntropy {
    /// Options of ``CrossEntropy``.
    struct Options: BuildableOptions {
        /// The share of the target that is spread over all classes.
        var labelSmoothing: Float = 0
        /// By default all classes count the same.
        var classWeights: ClassWeights?

        /// The defaults.
        init() {}

        func validate() throws {
            try check("label_smoothing", labelSmoothing, .fraction)
            try classWeights?.validate()
        }

        func build(_ environment: LossEnvironment, in registry: Registry) throws -> any Loss {
            CrossEntropy(
                labelSmoothing: labelSmoothing, classWeights: try classWeights?.resolved(for: environment),
                ignoreIndex: environment.ignoreIndex)
        }
    }
}
