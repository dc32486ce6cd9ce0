import NNLayers

/// Accuracy, precision, recall, F1 score and ROC AUC of two classes, of which class 1 is the positive one.
///
/// It takes one logit for each prediction, `[N, ..., 1]`, or two, `[N, ..., 2]`, whose difference is the score.
public struct BinaryScores: Metric {
    /// The label that is not counted; nil to count all.
    public let ignoreIndex: Int?
    /// The confusion matrix: label by prediction.
    private var counts = [[0, 0], [0, 0]]
    private var scores = ScoreDistribution()

    /// Scores of all labels by default.
    public init(ignoreIndex: Int? = nil) { self.ignoreIndex = ignoreIndex }

    public mutating func update(_ predictions: Predictions, labels: Tensor) {
        require(
            predictions.classCount == 2 && predictions.classes.shape == labels.shape,
            "BinaryScores: labels \(labels.shape) and logits \(predictions.logits.shape) for two classes")
        let (ignoreIndex, isBinary) = (ignoreIndex, predictions.isBinary)
        predictions.logits.cast(to: .float32).withScalars(as: Float.self) { logits in
            labels.withScalars(as: Int32.self) { labels in
                for (row, label) in labels.enumerated() where Int(label) != ignoreIndex {
                    require(label == 0 || label == 1, "BinaryScores: label \(label) for two classes")
                    let score = isBinary ? logits[row] : logits[2 * row + 1] - logits[2 * row]
                    counts[Int(label)][score > 0 ? 1 : 0] += 1
                    scores.add(score, isPositive: label == 1)
                }
            }
        }
    }

    public mutating func reset() { self = BinaryScores(ignoreIndex: ignoreIndex) }

    public mutating func merge(_ other: BinaryScores) {
        for (label, row) in other.counts.enumerated() {
            for (prediction, count) in row.enumerated() { counts[label][prediction] += count }
        }
        scores.merge(other.scores)
    }

    /// `accuracy`, `precision`, `recall`, `f1` and `roc_auc` in percent.
    ///
    /// Precision is undefined without positive predictions, recall without positive labels, F1 without both, and the area
    /// under the curve while the labels have only one class.
    public var values: [MetricValue] {
        let positives = ClassCounts(
            truePositives: counts[1][1], falsePositives: counts[0][1], falseNegatives: counts[1][0])
        let total = counts.joined().reduce(0, +)
        guard total > 0 else { return [] }
        return [
            .percentage("accuracy", Double(counts[0][0] + counts[1][1]) / Double(total)),
            .percentage("precision", positives.precision), .percentage("recall", positives.recall),
            .percentage("f1", positives.f1),
            .percentage("roc_auc", scores.areaUnderCurve),
        ]
    }
}
