import NNLayers

/// Cross entropy of the images or pixels with the worst predictions (online hard example mining, Shrivastava
/// et al. 2016).
///
/// Those count whose label has a probability below a threshold, and in any case a minimum number of the worst
/// of the batch; ties all count. Of a data set it is the mean over the images, in each of which the hard examples are mined
/// alone, whatever the batches.
public final class HardExampleCrossEntropy: Loss, ClassWeighted {
    /// Labels of a probability below it are hard examples.
    public let threshold: Float
    /// The minimum number of images or pixels of a batch that count; nil for one in sixteen.
    public let minimumKept: Int?
    /// One factor for each class; nil where all classes count the same.
    public let classWeights: [Float]?
    /// The label of images or pixels to ignore.
    public let ignoreIndex: Int?
    private let weights: Tensor?

    /// - Parameters:
    ///   - threshold: Labels of a probability below it, from 0 to 1, are hard examples.
    ///   - minimumKept: The minimum number of images or pixels of a batch that count; by default one in sixteen.
    ///   - classWeights: One factor for each class; the mean is weighted by those of the labels that count.
    ///   - ignoreIndex: The label of images or pixels to ignore.
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

    fileprivate static func check(threshold: Float, minimumKept: Int?) throws(OptionError) {
        try OptionError.check("threshold", threshold, .fraction)
        if let minimumKept { try OptionError.check("min_kept", minimumKept, .notNegative) }
    }

    /// The loss of a batch: one float32 number, of logits `[N, ..., classes]` and labels `[N, ...]`.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        let unused = ignoreIndex ?? -1
        let hardLabels = logits.detached.hardLabels(
            labels, threshold: threshold, minimumCount: minimumKept ?? (labels.elementCount + 15) / 16,
            ignoreIndex: ignoreIndex, replacement: unused)
        return logits.softmaxCrossEntropy(labels: hardLabels, classWeights: weights, ignoreIndex: unused)
    }
}

extension HardExampleCrossEntropy {
    /// Options of ``HardExampleCrossEntropy``.
    struct Options: BuildableOptions {
        /// Labels of a probability below it are hard examples.
        var threshold: Float = 0.7
        /// The minimum number of images or pixels of a batch that count; by default one in sixteen.
        var minKept: Int?
        /// By default all classes count the same.
        var classWeights: ClassWeights?

        /// The defaults.
        init() {}

        func validate() throws {
            try HardExampleCrossEntropy.check(threshold: threshold, minimumKept: minKept)
            try classWeights?.validate()
        }

        func build(_ environment: LossEnvironment, in registry: Registry) throws -> any Loss {
            HardExampleCrossEntropy(
                threshold: threshold, minimumKept: minKept, classWeights: try classWeights?.resolved(for: environment),
                ignoreIndex: environment.ignoreIndex)
        }
    }
}
