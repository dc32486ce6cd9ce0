import NNDatasets
import NNPlotting

/// The charts of a run: loss, accuracy and learning rate over the epochs.
///
/// They are drawn of the log's columns that are named `train_METRIC`, `validation_METRIC` and
/// `learning_rate`; a metric that is not known here gets a chart of its own.
public struct TrainingCurves {
    /// A chart with the name of its file, without the extension.
    public private(set) var charts: [(name: String, chart: LineChart)] = []

    private let rows: [LogRow]
    /// Rows in the midst of epochs have only their steps to tell them apart.
    private let usesSteps: Bool

    /// - Parameter run: The name of what is trained, for the titles.
    public init(rows: [LogRow], run: String) {
        self.rows = rows
        usesSteps = Set(rows.map(\.epoch)).count < rows.count

        var measured: [(column: String, metric: String)] = []
        for name in rows.flatMap(\.entries).map(\.name) where !measured.contains(where: { $0.column == name }) {
            guard let prefix = ["train_", "validation_"].first(where: { name.hasPrefix($0) }) else { continue }
            measured.append((name, String(name.dropFirst(prefix.count))))
        }
        var groups: [(name: String, title: String, unit: String, metrics: [String])] = [
            ("loss", "Loss", "loss", ["loss"]),
            ("accuracy", "Accuracy", "%", ["top1", "top5", "accuracy", "balanced_accuracy"]),
            ("binary", "Two classes", "%", ["precision", "recall", "f1", "roc_auc"]),
            ("segmentation", "Segmentation", "%", ["mIoU", "mAcc", "mDice", "aAcc"]),
        ]
        for metric in measured.map(\.metric) where !groups.contains(where: { $0.metrics.contains(metric) }) {
            groups.append((metric, metric, metric, [metric]))
        }
        for group in groups {
            let members = measured.filter { group.metrics.contains($0.metric) }
            add(
                group.name, title: "\(group.title) of \(run)", unit: group.unit,
                series: Set(members.map(\.metric)).count > 1
                    ? styled(members) : members.map { series($0.column) })
        }
        add(
            "learning_rate", title: "Learning rate of \(run)", unit: "learning rate", series: [series("learning_rate")])
    }

    /// The lines of several metrics: each has a colour, and is dashed for the training samples.
    private func styled(_ members: [(column: String, metric: String)]) -> [LineChart.Series] {
        var metrics: [String] = []
        for member in members where !metrics.contains(member.metric) { metrics.append(member.metric) }
        return members.map { member in
            var line = series(member.column)
            line.color = Color.palette[(metrics.firstIndex(of: member.metric) ?? 0) % Color.palette.count]
            line.isDashed = member.column.hasPrefix("train_")
            return line
        }
    }

    private func series(_ column: String) -> LineChart.Series {
        LineChart.Series(
            column.replacing("_", with: " "),
            points: rows.compactMap { row in row[column].map { (Double(usesSteps ? row.step : row.epoch), $0) } })
    }

    private mutating func add(_ name: String, title: String, unit: String, series: [LineChart.Series]) {
        guard series.contains(where: { !$0.points.isEmpty }) else { return }
        let chart = LineChart(title: title, series: series, xLabel: usesSteps ? "step" : "epoch", yLabel: unit)
        charts.append((name, chart))
    }

    /// Draws every chart to `NAME.png` in the folder of the run.
    /// - Throws: `ImageError` if one cannot be written.
    public func write(to directory: RunDirectory) throws(ImageError) {
        for (name, chart) in charts {
            try chart.image(width: 960, height: 600).writePNG(to: directory.file("\(name).png"))
        }
    }
}
