import NNLayers

/// Precision, recall, F1 score and support of each class and averaged, balanced accuracy, error rate and calibration
/// error, for any number of classes that exclude each other. Definitions are those of torchmetrics.
///
/// Precision is undefined for a class that is never predicted, recall for one that is no label, F1 for one that is neither.
/// In the means over classes, `macro_` with equal weights and `weighted_` by support, the undefined ones count as 0; a
/// class that is neither predicted nor a label is left out. Micro averages of all three are the accuracy.
///
/// The expected calibration error (Guo et al. 2017) is the mean difference between accuracy and confidence, the
/// probability of the predicted class, over 15 bins of equal width by confidence, each weighted by its predictions.
public struct ClassificationScores: Metric {
    /// The predictions with a confidence in one interval.
    private struct Bin: Hashable, Codable {
        var count = 0
        var right = 0
        var confidence = 0.0
    }

    /// The names of the classes in the order of their indices.
    public let classNames: [String]
    /// The label that is not counted; nil to count all.
    public let ignoreIndex: Int?
    /// The right and wrong predictions of each class.
    public private(set) var counts: [ClassCounts]
    private var bins = Self.noBins

    /// A confidence of exactly 1 has a bin of its own, as in torchmetrics.
    private static var noBins: [Bin] { [Bin](repeating: Bin(), count: binCount + 1) }
    private static let binCount = 15

    /// Scores of all labels by default.
    public init(classNames: [String], ignoreIndex: Int? = nil) {
        self.classNames = classNames
        self.ignoreIndex = ignoreIndex
        counts = classNames.map { _ in ClassCounts() }
    }

    public mutating func update(_ predictions: Predictions, labels: Tensor) {
        let probabilities = predictions.probabilities.floats
        let count = classNames.count
        var row = 0
        let isCounted = labels.withScalars(as: Int32.self) { $0.map { Int($0) != ignoreIndex } }
        forEachPrediction("ClassificationScores", predictions, labels, count, ignoreIndex) { prediction, label in
            while !isCounted[row] { row += 1 }
            if prediction == label {
                counts[label].truePositives += 1
            } else {
                counts[prediction].falsePositives += 1
                counts[label].falseNegatives += 1
            }
            let confidence = probabilities[row * count + prediction]
            row += 1
            guard confidence >= 0 else { return }
            let bin = Self.bin(of: confidence)
            bins[bin].count += 1
            bins[bin].right += prediction == label ? 1 : 0
            bins[bin].confidence += Double(confidence)
        }
    }

    /// The last bin whose lower border is not above the confidence.
    private static func bin(of confidence: Float) -> Int {
        var bin = min(max(Int(confidence * Float(binCount)), 0), binCount)
        func border(_ index: Int) -> Float { Float(Double(index) / Double(binCount)) }
        while bin > 0, border(bin) > confidence { bin -= 1 }
        while bin < binCount, border(bin + 1) <= confidence { bin += 1 }
        return bin
    }

    public mutating func reset() { self = ClassificationScores(classNames: classNames, ignoreIndex: ignoreIndex) }

    public mutating func merge(_ other: ClassificationScores) {
        for index in counts.indices { counts[index].add(other.counts[index]) }
        for index in bins.indices {
            bins[index].count += other.bins[index].count
            bins[index].right += other.bins[index].right
            bins[index].confidence += other.bins[index].confidence
        }
    }

    private var total: Int { counts.reduce(0) { $0 + $1.support } }
    private var accuracy: Double { Double(counts.reduce(0) { $0 + $1.truePositives }) / Double(total) }

    /// The expected calibration error, from 0 to 1; nil without predictions whose probability is a number.
    public var calibrationError: Double? {
        let all = bins.reduce(0) { $0 + $1.count }
        guard all > 0 else { return nil }
        let differences = bins.map { abs(Double($0.right) - $0.confidence) }
        return differences.reduce(0, +) / Double(all)
    }

    /// `accuracy` and `error`, which is 100 - accuracy; `macro_precision`, `macro_recall`, `macro_f1`, the same as
    /// `weighted_`; `balanced_accuracy`, the mean recall of the classes with labels; and `ece`. In percent.
    public var values: [MetricValue] {
        guard total > 0 else { return [] }
        let recalls = counts.compactMap(\.recall)
        let means = [false, true].flatMap { isWeighted in
            ClassCounts.scoreNames.map { name, score in
                MetricValue.percentage(
                    "\(isWeighted ? "weighted" : "macro")_\(name)",
                    ClassCounts.mean(of: score, counts, isWeighted: isWeighted))
            }
        }
        return [
            .percentage("accuracy", accuracy),
            MetricValue("error", 100 - 100 * accuracy, unit: .percent, mode: .min),
        ] + means + [
            .percentage("balanced_accuracy", recalls.reduce(0, +) / Double(recalls.count)),
            MetricValue("ece", calibrationError.map { $0 * 100 } ?? .nan, unit: .percent, mode: .min),
        ]
    }

    /// Support, precision, recall and F1 of each class, then the means.
    public var table: ScoreTable? {
        guard total > 0 else { return nil }
        var table = ScoreTable(
            "classification",
            columns: [.count("support"), .percent("precision"), .percent("recall"), .percent("f1", title: "F1")])
        func add(_ name: String, _ support: Int, _ values: [Double?]) {
            table.add(name, [Double(support)] + values.map { $0.map { $0 * 100 } })
        }
        for (name, counts) in zip(classNames, counts) {
            add(name, counts.support, [counts.precision, counts.recall, counts.f1])
        }
        for (name, isWeighted) in [("macro average", false), ("weighted average", true)] {
            add(
                name, total,
                ClassCounts.scoreNames.map { ClassCounts.mean(of: $0.score, counts, isWeighted: isWeighted) })
        }
        add("micro average", total, [accuracy, accuracy, accuracy])
        return table
    }

    /// A table of more classes does not fit into a terminal, so that the worst are shown.
    private static let (largestTable, shownClasses) = (50, 20)

    /// The table; of more than 50 classes that of the 20 with the smallest F1, and the means.
    public var report: String? {
        guard let table else { return nil }
        if classNames.count <= Self.largestTable { return table.text }
        let classes = counts.indices.filter { counts[$0].f1 != nil }
            .sorted { (counts[$0].f1 ?? 0, $0) < (counts[$1].f1 ?? 0, $1) }
        var short = ScoreTable(table.name, columns: table.columns)
        for index in classes.prefix(Self.shownClasses) {
            short.add(table.rows[index].name, table.rows[index].values)
        }
        for row in table.rows.dropFirst(classNames.count) { short.add(row.name, row.values) }
        return "the classes with the smallest F1, of \(classNames.count):\n\(short.text)"
    }
}

/// The right and wrong predictions of a class.
public struct ClassCounts: Hashable, Sendable, Codable {
    /// Positives that are predicted.
    public var truePositives = 0
    /// Negatives that are predicted as positives.
    public var falsePositives = 0
    /// Positives that are predicted as negatives.
    public var falseNegatives = 0

    /// The number of positives.
    public var support: Int { truePositives + falseNegatives }
    /// The fraction of positive predictions that are right, from 0 to 1; nil without any.
    public var precision: Double? { ratio(truePositives, truePositives + falsePositives) }
    /// The fraction of positives that are predicted, from 0 to 1; nil without any.
    public var recall: Double? { ratio(truePositives, support) }
    /// The harmonic mean of precision and recall, from 0 to 1; nil where there are neither positives nor positive
    /// predictions.
    public var f1: Double? { ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives) }

    private func ratio(_ part: Int, _ whole: Int) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }

    /// Adds the counts of other samples.
    mutating func add(_ other: ClassCounts) {
        truePositives += other.truePositives
        falsePositives += other.falsePositives
        falseNegatives += other.falseNegatives
    }

    /// The names of the scores in values.
    static let scoreNames: [(name: String, score: @Sendable (ClassCounts) -> Double?)] = [
        ("precision", \.precision), ("recall", \.recall), ("f1", \.f1),
    ]

    /// The mean of a score over classes that are predicted or labels, where undefined ones count as 0; nil without any.
    static func mean(of score: (ClassCounts) -> Double?, _ counts: [ClassCounts], isWeighted: Bool) -> Double? {
        var (sum, total) = (0.0, 0.0)
        for counts in counts where counts.f1 != nil {
            let weight = isWeighted ? Double(counts.support) : 1
            sum += weight * (score(counts) ?? 0)
            total += weight
        }
        return total > 0 ? sum / total : nil
    }
}

/// The error rate in percent, 100 - accuracy, as papers on ImageNet and CIFAR print it.
public struct ErrorRate: Metric {
    private var accuracy: TopKAccuracy

    /// The number of classes among which the label must be.
    public var k: Int { accuracy.k }

    /// The top-1 error of all labels by default.
    public init(k: Int = 1, ignoreIndex: Int? = nil) { accuracy = TopKAccuracy(k: k, ignoreIndex: ignoreIndex) }

    public mutating func update(_ predictions: Predictions, labels: Tensor) {
        accuracy.update(predictions, labels: labels)
    }

    public mutating func reset() { accuracy.reset() }

    public mutating func merge(_ other: ErrorRate) { accuracy.merge(other.accuracy) }

    /// `error` for k = 1, else `top5_error` and so on.
    public var values: [MetricValue] {
        accuracy.values.map {
            MetricValue(k == 1 ? "error" : "top\(k)_error", 100 - $0.value, unit: .percent, mode: .min)
        }
    }
}

extension ErrorRate {
    /// Options of ``ErrorRate``.
    struct Options: BuildableOptions {
        /// The number of classes among which the label must be.
        var k = 1

        /// The top-1 error.
        init() {}

        func validate() throws { try check("k", k, .count) }

        func build(_ environment: MetricEnvironment, in registry: Registry) -> any Metric {
            ErrorRate(k: k, ignoreIndex: environment.ignoreIndex)
        }
    }
}
