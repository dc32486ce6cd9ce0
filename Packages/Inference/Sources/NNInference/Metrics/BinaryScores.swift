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

    /// `accuracy`, `precision`, `recall`, `f1` and `roc_auc` in percent.
    ///
    /// Precision is 0 without positive predictions, and recall without positive labels. While the labels have only
    /// one class, the area under the curve is that of chance, 50.
    public var values: [MetricValue] {
        let (correct, wrong) = (counts[1][1], counts[0][1])
        let missed = counts[1][0]
        let total = counts[0][0] + correct + wrong + missed
        guard total > 0 else { return [] }
        func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
        return [
            .percentage("accuracy", ratio(counts[0][0] + correct, total)),
            .percentage("precision", ratio(correct, correct + wrong)),
            .percentage("recall", ratio(correct, correct + missed)),
            .percentage("f1", ratio(2 * correct, 2 * correct + wrong + missed)),
            .percentage("roc_auc", scores.areaUnderCurve ?? 0.5),
        ]
    }
}

/// A histogram of the scores of negatives and positives, for the area under the ROC curve.
///
/// Each score has a bin of its own. Beyond 65,536 bins, as for pixels, the last bits of scores are dropped, so that
/// memory does not grow with the number of predictions.
struct ScoreDistribution: Sendable, Hashable {
    private struct Bin: Hashable {
        var negatives = 0
        var positives = 0

        mutating func add(_ other: Bin) {
            negatives += other.negatives
            positives += other.positives
        }
    }

    private static let largestCount = 65_536

    /// The bins by the ordered bits of the score, without the dropped ones.
    private var bins: [UInt32: Bin] = [:]
    private var droppedBits = 0

    /// Adds a score; NaN counts as the lowest.
    mutating func add(_ score: Float, isPositive: Bool) {
        let index = Self.order(of: score.isNaN ? -.infinity : score) >> droppedBits
        bins[index, default: Bin()].add(Bin(negatives: isPositive ? 0 : 1, positives: isPositive ? 1 : 0))
        while bins.count > Self.largestCount {
            droppedBits += 1
            bins = Dictionary(bins.map { ($0.key >> 1, $0.value) }) { left, right in
                var sum = left
                sum.add(right)
                return sum
            }
        }
    }

    /// The bits of a number, in the same order as the numbers.
    private static func order(of score: Float) -> UInt32 {
        // -0 equals 0.
        let bits = (score == 0 ? 0 : score).bitPattern
        return bits >> 31 == 0 ? bits | 1 << 31 : ~bits
    }

    /// The probability that a positive has a higher score than a negative, where ties count half
    /// (Mann and Whitney 1947); nil unless there are both.
    var areaUnderCurve: Double? {
        var (area, negativesBelow, positives) = (0.0, 0.0, 0.0)
        for (_, bin) in bins.sorted(by: { $0.key < $1.key }) {
            area += Double(bin.positives) * (negativesBelow + Double(bin.negatives) / 2)
            negativesBelow += Double(bin.negatives)
            positives += Double(bin.positives)
        }
        return negativesBelow > 0 && positives > 0 ? area / (negativesBelow * positives) : nil
    }
}

extension ScoreDistribution: Codable {
    /// The saved form: index, negatives and positives of each bin in order, so that equal counts are encoded
    /// equally.
    private struct Table: Codable {
        var droppedBits: Int
        var bins: [[Int]]
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let table = try container.decode(Table.self)
        droppedBits = table.droppedBits
        for row in table.bins {
            guard row.count == 3, let index = UInt32(exactly: row[0]) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(row) is not a bin")
            }
            bins[index] = Bin(negatives: row[1], positives: row[2])
        }
    }

    func encode(to encoder: any Encoder) throws {
        let rows = bins.sorted { $0.key < $1.key }.map { [Int($0.key), $0.value.negatives, $0.value.positives] }
        var container = encoder.singleValueContainer()
        try container.encode(Table(droppedBits: droppedBits, bins: rows))
    }
}
