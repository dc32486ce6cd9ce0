import Foundation
import NNLayers

/// Scores of data in which an image may have several classes: mean average precision, F1, precision and recall of each
/// class and averaged, and exact match. Unknown labels, NaN, do not count.
///
/// The average precision of a class is the sum over all thresholds of the precision times the gain in recall, without
/// interpolation, as scikit-learn's `average_precision_score`. It and the other scores are undefined for a class without a
/// positive label, which is left out of all means over classes; in those, a precision without positive predictions is 0.
///
/// Each class has a threshold of its own, above which a probability is a positive prediction. The metric finds the
/// thresholds of the largest F1 too, see ``bestThresholds``.
public struct MultiLabelScores: Metric, ThresholdChoosing {
    /// The counts of a class.
    public typealias Counts = ClassCounts

    /// The names of the classes in the order of their indices.
    public let classNames: [String]
    /// The probability above which each class is predicted; nil for 0.5.
    public let thresholds: [Float]?
    /// The counts of each class.
    public private(set) var counts: [Counts]
    private var scores: [ScoreDistribution]
    private var exact = 0
    private var total = 0

    /// Scores at thresholds of 0.5 by default; traps unless there is one for each class.
    public init(classNames: [String], thresholds: [Float]? = nil) {
        if let thresholds {
            require(
                thresholds.count == classNames.count,
                "MultiLabelScores: \(thresholds.count) thresholds for \(classNames.count) classes")
        }
        self.classNames = classNames
        self.thresholds = thresholds
        counts = classNames.map { _ in Counts() }
        // Together not much more memory than a million bins.
        let capacity = max(1024, min(65_536, (1 << 20) / max(classNames.count, 1)))
        scores = classNames.map { _ in ScoreDistribution(capacity: capacity) }
    }

    public var labelKinds: Set<LabelKind> { [.flags] }

    public mutating func update(_ predictions: Predictions, labels: Tensor) {
        let count = classNames.count
        require(
            predictions.logits.shape == labels.shape && labels.dataType == .float32 && labels.shape[-1] == count,
            "MultiLabelScores: labels \(labels.specification) and logits \(predictions.logits.shape) for \(count) classes"
        )
        let thresholds = thresholds ?? [Float](repeating: 0.5, count: count)
        let (logits, probabilities, labels) = (
            predictions.logits.cast(to: .float32).floats, predictions.values.floats, labels.floats
        )
        for row in stride(from: 0, to: labels.count, by: count) {
            var (isKnown, isExact) = (false, true)
            for index in 0..<count where !labels[row + index].isNaN {
                let isPositive = labels[row + index] >= 0.5
                let isPredicted = probabilities[row + index] > thresholds[index]
                scores[index].add(logits[row + index], isPositive: isPositive)
                switch (isPositive, isPredicted) {
                case (true, true): counts[index].truePositives += 1
                case (false, true): counts[index].falsePositives += 1
                case (true, false): counts[index].falseNegatives += 1
                case (false, false): break
                }
                isKnown = true
                isExact = isExact && isPositive == isPredicted
            }
            if isKnown { total += 1 }
            if isKnown, isExact { exact += 1 }
        }
    }

    public mutating func reset() { self = MultiLabelScores(classNames: classNames, thresholds: thresholds) }

    public mutating func merge(_ other: MultiLabelScores) {
        for index in counts.indices {
            counts[index].add(other.counts[index])
            scores[index].merge(other.scores[index])
        }
        exact += other.exact
        total += other.total
    }

    /// The average precision of each class, from 0 to 1; nil without positive labels.
    public var averagePrecisions: [Double?] { scores.map(\.averagePrecision) }

    /// The probability above which positive predictions have the largest F1, for each class; 0.5 for a class without
    /// positive labels. Nil before the first sample.
    public var bestThresholds: [Float]? {
        guard total > 0 else { return nil }
        return scores.map { scores in
            guard let logit = scores.bestThreshold else { return 0.5 }
            return Float(1 / (1 + exp(-Double(logit))))
        }
    }

    /// `mAP`; `f1`, `precision` and `recall` as means over classes, `macro_`, and over all labels together, `micro_`; and
    /// `exact_match`, the fraction of images whose known labels are all right. In percent.
    public var values: [MetricValue] {
        guard total > 0 else { return [] }
        let precisions = averagePrecisions.compactMap { $0 }
        let labelled = counts.filter { $0.support > 0 }
        func macro(_ name: String, _ score: (ClassCounts) -> Double?) -> MetricValue {
            .percentage("macro_\(name)", ClassCounts.mean(of: score, labelled, isWeighted: false))
        }
        let all = counts.reduce(into: Counts()) { sum, counts in
            sum.add(counts)
        }
        return [
            .percentage("mAP", precisions.isEmpty ? nil : precisions.reduce(0, +) / Double(precisions.count)),
            macro("f1", \.f1), macro("precision", \.precision), macro("recall", \.recall),
            .percentage("micro_f1", all.f1), .percentage("micro_precision", all.precision),
            .percentage("micro_recall", all.recall), .percentage("exact_match", Double(exact) / Double(total)),
        ]
    }

    /// The scores of each class with its threshold.
    public var table: ScoreTable? {
        guard total > 0 else { return nil }
        var table = ScoreTable(
            "multi_label",
            columns: [
                .count("positives"), .percent("average_precision", title: "AP"), .percent("f1", title: "F1"),
                .percent("precision"), .percent("recall"), .number("threshold", decimals: 3),
            ])
        for (index, (counts, precision)) in zip(counts, averagePrecisions).enumerated() {
            let scores: [Double?] =
                counts.support > 0
                ? [precision, counts.f1, counts.precision, counts.recall] : [nil, nil, nil, nil]
            table.add(
                classNames[index],
                [Double(counts.support)] + scores.map { $0.map { $0 * 100 } } + [Double(thresholds?[index] ?? 0.5)])
        }
        return table
    }
}

/// A metric that finds the threshold of each class, for predictions of several classes.
public protocol ThresholdChoosing: Metric {
    /// The probability above which each class should be predicted; nil before the first sample.
    var bestThresholds: [Float]? { get }
}
