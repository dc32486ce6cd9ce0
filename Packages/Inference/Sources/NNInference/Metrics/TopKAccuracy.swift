import NNLayers

/// The fraction of samples whose label is among the k most likely classes.
public struct TopKAccuracy: Metric {
    /// The number of classes among which the label must be.
    public let k: Int
    /// The label that is not counted; nil to count all.
    public let ignoreIndex: Int?
    private var correct = 0
    private var total = 0

    /// Top-1 accuracy of all labels by default.
    public init(k: Int = 1, ignoreIndex: Int? = nil) {
        requireOptions("TopKAccuracy") { try OptionError.check("k", k, .count) }
        self.k = k
        self.ignoreIndex = ignoreIndex
    }

    public mutating func update(_ predictions: Predictions, labels: Tensor) {
        let classCount = predictions.classCount
        let logitCount = predictions.logits.shape[-1]
        require(
            predictions.logits.elementCount == labels.elementCount * logitCount,
            "TopKAccuracy: labels \(labels.shape) for logits \(predictions.logits.shape)")
        let limit = min(k, classCount)
        predictions.logits.cast(to: .float32).withScalars(as: Float.self) { logits in
            labels.withScalars(as: Int32.self) { labels in
                for (row, label) in labels.enumerated() where Int(label) != ignoreIndex {
                    require(
                        label >= 0 && label < classCount, "TopKAccuracy: label \(label) for \(classCount) classes")
                    let scores = UnsafeBufferPointer(rebasing: logits[(row * logitCount)..<((row + 1) * logitCount)])
                    let rank =
                        logitCount == 1 ? Self.rank(of: label, by: scores[0]) : Self.rank(of: Int(label), in: scores)
                    if rank < limit { correct += 1 }
                    total += 1
                }
            }
        }
    }

    /// The number of classes that rank above the label. Ties are broken by the class index, as by `argmax`, so that a
    /// network with constant logits gets no credit for them; NaN ranks last.
    private static func rank(of label: Int, in scores: UnsafeBufferPointer<Float>) -> Int {
        let score = scores[label]
        guard !score.isNaN else { return scores.count }
        // Branchless, so that the loops are vectorized. The count includes the class itself.
        var rank = -1
        for other in scores { rank += other < score ? 0 : 1 }
        for other in UnsafeBufferPointer(rebasing: scores[(label + 1)...]) { rank -= other == score ? 1 : 0 }
        return rank
    }

    /// The rank of a label by the single logit of class 1 of two.
    private static func rank(of label: Int32, by logit: Float) -> Int {
        if logit.isNaN { return 2 }
        return (logit > 0) == (label == 1) ? 0 : 1
    }

    public mutating func reset() { (correct, total) = (0, 0) }

    public mutating func merge(_ other: TopKAccuracy) {
        correct += other.correct
        total += other.total
    }

    /// `top1` for k = 1 and so on, in percent.
    public var values: [MetricValue] {
        total == 0 ? [] : [.percentage("top\(k)", Double(correct) / Double(total))]
    }
}

extension TopKAccuracy {
    /// Options of ``TopKAccuracy``.
    struct Options: BuildableOptions {
        /// The number of classes among which the label must be.
        var k = 1

        /// Top-1 accuracy.
        init() {}

        func validate() throws { try check("k", k, .count) }

        func build(_ environment: MetricEnvironment, in registry: Registry) -> any Metric {
            TopKAccuracy(k: k, ignoreIndex: environment.ignoreIndex)
        }
    }
}
