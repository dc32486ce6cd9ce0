import NNDatasets
@_spi(Text) import NNLayers
import NNPlotting

/// How often each class was predicted for each label.
public struct ConfusionMatrix: Metric {
    /// The names of the classes in the order of their indices.
    public let classNames: [String]
    /// The label that is not counted; nil to count all.
    public let ignoreIndex: Int?
    /// The counts: rows are labels, columns are predictions.
    private var counts: [Int]

    /// A table of more classes does not fit into a terminal, so the report lists pairs instead.
    private static let largestTable = 20

    /// A matrix of all labels by default.
    public init(classNames: [String], ignoreIndex: Int? = nil) {
        self.classNames = classNames
        self.ignoreIndex = ignoreIndex
        counts = [Int](repeating: 0, count: classNames.count * classNames.count)
    }

    /// The number of classes.
    public var classCount: Int { classNames.count }

    /// The number of samples with a label and a prediction.
    public func count(label: Int, prediction: Int) -> Int {
        let classes = 0..<classCount
        require(
            classes.contains(label) && classes.contains(prediction),
            "ConfusionMatrix: label \(label), prediction \(prediction) of \(classCount) classes")
        return counts[label * classCount + prediction]
    }

    public mutating func update(_ predictions: Predictions, labels: Tensor) {
        forEachPrediction("ConfusionMatrix", predictions, labels, classCount, ignoreIndex) { prediction, label in
            counts[label * classCount + prediction] += 1
        }
    }

    public mutating func reset() { counts = counts.map { _ in 0 } }

    public mutating func merge(_ other: ConfusionMatrix) {
        for index in counts.indices { counts[index] += other.counts[index] }
    }

    /// The recall of each class, from 0 to 1; nil for a class without samples.
    public var recalls: [Double?] {
        (0..<classCount).map { label in
            let row = counts[(label * classCount)..<((label + 1) * classCount)]
            let total = row.reduce(0, +)
            return total == 0 ? nil : Double(count(label: label, prediction: label)) / Double(total)
        }
    }

    /// `balanced_accuracy`: the mean of the recalls in percent, to which all classes contribute equally.
    public var values: [MetricValue] {
        let recalls = recalls.compactMap { $0 }
        return recalls.isEmpty
            ? [] : [.percentage("balanced_accuracy", recalls.reduce(0, +) / Double(recalls.count))]
    }

    /// The matrix for up to 20 classes, or else the most frequent confusions.
    public var report: String? {
        guard !values.isEmpty else { return nil }
        return classCount <= Self.largestTable ? table.description : mostFrequentMistakes.description
    }

    private var table: TextTable {
        var table = TextTable(columns: ["label \\ prediction"] + classNames + ["recall %"])
        for (label, recall) in recalls.enumerated() {
            let row = (0..<classCount).map { String(count(label: label, prediction: $0)) }
            let percent = MetricValue.format(recall.map { $0 * 100 }, decimals: 2)
            table.add([classNames[label]] + row + [percent])
        }
        return table
    }

    private var mostFrequentMistakes: TextTable {
        var table = TextTable(columns: ["label", "predicted as", "times"], leftAligned: 2)
        let mistakes = counts.indices.filter { counts[$0] > 0 && $0 / classCount != $0 % classCount }
            .sorted { (counts[$1], $0) < (counts[$0], $1) }
        for index in mistakes.prefix(Self.largestTable) {
            table.add([classNames[index / classCount], classNames[index % classCount], String(counts[index])])
        }
        return table
    }
}

/// Calls `body` with the predicted class and the label of each prediction that is not ignored.
func forEachPrediction(
    _ name: String, _ predictions: Predictions, _ labels: Tensor, _ classCount: Int, _ ignoreIndex: Int?,
    _ body: (_ prediction: Int, _ label: Int) -> Void
) {
    let classes = predictions.classes
    require(
        classes.shape == labels.shape && predictions.classCount == classCount,
        "\(name): labels \(labels.shape) and logits \(predictions.logits.shape) for \(classCount) classes")
    classes.withScalars(as: Int32.self) { classes in
        labels.withScalars(as: Int32.self) { labels in
            for (prediction, label) in zip(classes, labels) where Int(label) != ignoreIndex {
                require(label >= 0 && label < classCount, "\(name): label \(label) for \(classCount) classes")
                body(Int(prediction), Int(label))
            }
        }
    }
}

extension ConfusionMatrix {
    /// The counts as CSV: a row for each label, a column for each prediction.
    public var csv: String {
        let rows = classNames.indices.map { label in
            [classNames[label]] + classNames.indices.map { String(count(label: label, prediction: $0)) }
        }
        return CSV.text(columns: ["label \\ prediction"] + classNames, rows: rows) + "\n"
    }
}

extension ConfusionMatrix {
    /// Draws the matrix: a row for each label, a column for each prediction, with counts and percentages of the
    /// row, by which cells are coloured. More than 24 classes are drawn without text in the cells, and more than
    /// 160 without names.
    /// - Parameters:
    ///   - title: The title above the matrix.
    ///   - scale: The size of text and lines; use 2 for an image that is displayed at half its size.
    public func image(title: String = "Confusion matrix", scale: Double = 1) -> Image {
        let cells = classNames.indices.map { label in
            let row = classNames.indices.map { count(label: label, prediction: $0) }
            let total = row.reduce(0, +)
            return row.map { count in
                let part = total == 0 ? 0 : Double(count) / Double(total)
                let percent = MetricValue.format(part * 100, decimals: 1)
                return HeatMap.Cell(intensity: part, lines: count == 0 ? ["0"] : ["\(count)", "\(percent) %"])
            }
        }
        return HeatMap(
            title: title, rowLabel: "label", columnLabel: "prediction", names: classNames, cells: cells
        ).image(scale: scale)
    }
}
