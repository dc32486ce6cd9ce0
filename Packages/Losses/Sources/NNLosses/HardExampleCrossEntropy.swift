import NNLayers

/// Cross entropy of the images or pixels that are predicted worst (online hard example mining, Shrivastava
/// et al. 2016).
///
/// Those count whose label has a probability below a threshold, and in any case a least number of the worst
/// of the batch; equally bad ones all count.
public final class HardExampleCrossEntropy: Loss, ClassWeighted {
    /// Probabilities of the label below it count as hard.
    public let threshold: Float
    /// How many images or pixels of a batch count at least; nil for one in sixteen.
    public let minimumKept: Int?
    public let classWeights: [Float]?
    /// The label of what does not count.
    public let ignoreIndex: Int?
    private let weights: Tensor?

    /// - Parameter classWeights: One for each class; the mean is over the weights of the labels that count.
    public init(
        threshold: Float = 0.7, minimumKept: Int? = nil, classWeights: [Float]? = nil, ignoreIndex: Int? = nil
    ) {
        requireOptions("HardExampleCrossEntropy") {
            try Self.check(threshold: threshold, minimumKept: minimumKept)
            try ClassWeights.check(classWeights)
        }
        self.threshold = threshold
        self.minimumKept = minimumKept
        self.classWeights = classWeights
        self.ignoreIndex = ignoreIndex
        weights = classWeights.map { Tensor($0) }
    }

    /// What configurations and initializers refuse alike.
    static func check(threshold: Float, minimumKept: Int?) throws(OptionError) {
        try OptionError.check("threshold", threshold, .fraction)
        if let minimumKept { try OptionError.check("min_kept", minimumKept, .notNegative) }
    }

    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        let unused = ignoreIndex ?? -1
        let hardLabels = logits.detached.hardLabels(
            labels, threshold: threshold, minimumCount: minimumKept ?? (labels.elementCount + 15) / 16,
            ignoreIndex: ignoreIndex, replacement: unused)
        return logits.softmaxCrossEntropy(labels: hardLabels, classWeights: weights, ignoreIndex: unused)
    }
}

/// What a configuration may say about ``HardExampleCrossEntropy``.
public struct HardExampleCrossEntropyOptions: ComponentOptions {
    /// Probabilities of the label below it count as hard.
    public var threshold: Float = 0.7
    /// How many images or pixels of a batch count at least; by default one in sixteen.
    public var minKept: Int?
    /// By default all classes count alike.
    public var classWeights: ClassWeights?

    public init() {}

    public func validate() throws {
        try HardExampleCrossEntropy.check(threshold: threshold, minimumKept: minKept)
        try classWeights?.validate()
    }
}

extension HardExampleCrossEntropy {
    /// The loss that options describe.
    /// - Throws: `OptionError` unless there is a weight for each class.
    public convenience init(_ options: HardExampleCrossEntropyOptions, _ environment: LossEnvironment) throws {
        self.init(
            threshold: options.threshold, minimumKept: options.minKept,
            classWeights: try options.classWeights?.resolved(for: environment),
            ignoreIndex: environment.ignoreIndex)
    }
}
