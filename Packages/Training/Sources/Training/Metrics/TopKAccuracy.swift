import NNLayers

/// The part of samples whose label is among the k likeliest classes.
public struct TopKAccuracy: Metric {
    /// How many classes may be guessed; no more than there are classes count.
    public let k: Int
    public let ignoreIndex: Int?
    private var correct = 0
    private var total = 0

    public init(k: Int = 1, ignoreIndex: Int? = nil) {
        precondition(k >= 1, "TopKAccuracy: k is \(k)")
        self.k = k
        self.ignoreIndex = ignoreIndex
    }

    public mutating func update(_ predictions: Predictions, labels: Tensor) {
        let classCount = predictions.classCount
        let logits = predictions.logits.floats
        labels.withScalars(as: Int32.self) { labels in
            precondition(
                logits.count == labels.count * classCount,
                "TopKAccuracy: \(labels.count) labels for logits \(predictions.logits.shape)")
            for (row, label) in labels.enumerated() where Int(label) != ignoreIndex {
                let scores = logits[(row * classCount)..<((row + 1) * classCount)]
                if rank(of: Int(label), in: scores) < min(k, classCount) { correct += 1 }
                total += 1
            }
        }
    }

    /// How many classes come before one. Of equal scores the first comes first, as with `argmax`, so
    /// that a network which always answers the same gets no credit for it; NaN comes before all.
    private func rank(of label: Int, in scores: ArraySlice<Float>) -> Int {
        precondition(
            scores.indices.contains(scores.startIndex + label),
            "TopKAccuracy: label \(label) for \(scores.count) classes")
        let score = scores[scores.startIndex + label]
        guard !score.isNaN else { return scores.count }
        var rank = 0
        for (index, other) in scores.enumerated() where index != label {
            if !(other < score || (other == score && index > label)) { rank += 1 }
        }
        return rank
    }

    public mutating func merge(_ other: TopKAccuracy) {
        correct += other.correct
        total += other.total
    }

    public mutating func reset() { (correct, total) = (0, 0) }

    /// `topK` in percent.
    public var values: [MetricValue] {
        total == 0 ? [] : [.percentage("top\(k)", Double(correct) / Double(total))]
    }
}
