import NNLayers

/// The part of samples whose label is among the k likeliest classes.
public struct TopKAccuracy: Metric {
    /// How many classes may be guessed; no more than there are classes count.
    public let k: Int
    public let ignoreIndex: Int?
    private var correct = 0
    private var total = 0

    public init(k: Int = 1, ignoreIndex: Int? = nil) {
        require(k >= 1, "TopKAccuracy: k is \(k)")
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

    /// How many classes come before one. Of equal scores the first comes first, as with `argmax`, so
    /// that a network which always answers the same gets no credit for it; NaN comes before all.
    private static func rank(of label: Int, in scores: UnsafeBufferPointer<Float>) -> Int {
        let score = scores[label]
        guard !score.isNaN else { return scores.count }
        // Without branches, so that the loops take many classes at a time; the class itself is no less
        // than its own score.
        var rank = -1
        for other in scores { rank += other < score ? 0 : 1 }
        for other in UnsafeBufferPointer(rebasing: scores[(label + 1)...]) { rank -= other == score ? 1 : 0 }
        return rank
    }

    /// The same for the logit of class 1 of two.
    private static func rank(of label: Int32, by logit: Float) -> Int {
        if logit.isNaN { return 2 }
        return (logit > 0) == (label == 1) ? 0 : 1
    }

    public mutating func reset() { (correct, total) = (0, 0) }

    /// `topK` in percent.
    public var values: [MetricValue] {
        total == 0 ? [] : [.percentage("top\(k)", Double(correct) / Double(total))]
    }
}
