import NNDatasets
import NNInference
import NNPlotting

/// The charts of a run: its scores over the epochs, its loss and its learning rate over the steps.
///
/// Some percentages share a chart, such as top-1 and top-5 accuracy; every other metric has its own. The error rates are
/// drawn, too.
@_spi(Internal) public struct TrainingCurves {
    /// The charts, each with the name of its file without the extension.
    public private(set) var charts: [(name: String, chart: LineChart)] = []
    /// The loss beside the error rate, or beside the score that selects the best checkpoint, as papers show them; nil
    /// where there is nothing but the loss. With the name of its file without the extension.
    private(set) var figure: (name: String, charts: ChartRow)?

    private let rows: [LogRow]
    /// Rows within an epoch are only distinguished by their steps.
    private let usesSteps: Bool

    /// The percentages that are drawn together.
    private static let shared: [(name: String, title: String, metrics: [String])] = [
        ("accuracy", "Accuracy", ["top1", "top5", "accuracy", "balanced_accuracy"]),
        ("binary", "Binary classification", ["precision", "recall", "f1", "roc_auc"]),
        ("segmentation", "Segmentation", ["mIoU", "mAcc", "mDice", "aAcc"]),
    ]
    /// The names of files that a metric of a plugin must not overwrite.
    private static let reserved =
        shared.map(\.name) + [
            "augmented_batch", "learning_rate", "loss_and_error", "loss_and_score", "loss_by_step",
            "predictions",
        ]
    /// Metrics that the figure has together.
    private static let overlaps = ["mIoU", "mDice"]

    /// The most points of a line: more cannot be told apart.
    private static let pointCount = 400

    /// Arranges the scores of rows in charts.
    /// - Parameters:
    ///   - rows: The evaluations.
    ///   - steps: The logged steps.
    ///   - judged: The metric of the score that selects the best checkpoint; nil for the first one.
    ///   - run: The name of what is trained, for the titles.
    public init(rows: [LogRow], steps: [StepLog.Row] = [], judged: String? = nil, run: String) {
        self.rows = rows
        usesSteps = Set(rows.map(\.epoch)).count < rows.count

        var scores: [MetricValue] = []
        for score in rows.flatMap(\.scores) where !scores.contains(where: { $0.name == score.name }) {
            scores.append(score)
        }
        addChart("loss", title: "Loss of \(run)", of: scores.filter { $0.metric == "loss" })
        var rest = scores.filter { $0.metric != "loss" }
        for (name, title, metrics) in Self.shared {
            let members = rest.filter { $0.unit == .percent && metrics.contains($0.metric) }
            rest.removeAll { score in members.contains { $0.name == score.name } }
            addChart(name, title: "\(title) of \(run)", of: members)
        }
        while let first = rest.first {
            let members = rest.filter { $0.metric == first.metric }
            rest.removeAll { $0.metric == first.metric }
            let name = Self.reserved.contains(first.metric) ? "\(first.metric)_metric" : first.metric
            addChart(name, title: "\(first.metric) of \(run)", of: members)
        }
        addErrors(of: scores, run: run)
        addFigure(of: scores, judged: judged, run: run)
        addSteps(steps, run: run)
    }

    /// A chart of the shares of wrong answers, where no metric of that name has one.
    private mutating func addErrors(of scores: [MetricValue], run: String) {
        if charts.contains(where: { $0.name == "error" }) { return }
        addChart("error", title: "Error of \(run)", of: scores.filter(\.isTopAccuracy), isError: true)
    }

    private mutating func addFigure(of scores: [MetricValue], judged: String?, run: String) {
        let metric = [judged, scores.first { $0.metric != "loss" }?.metric].compactMap { $0 }.first { $0 != "loss" }
        let top1 = scores.filter { $0.metric == "top1" && $0.isTopAccuracy }
        let shown = scores.filter { score in
            guard let metric else { return false }
            return score.metric == metric || [metric, score.metric].allSatisfy(Self.overlaps.contains)
        }
        let loss = chart("Loss of \(run)", of: scores.filter { $0.metric == "loss" })
        let error = chart("Top-1 error of \(run)", of: top1, isError: true)
        var metrics: [String] = []
        for score in shown where !metrics.contains(score.metric) { metrics.append(score.metric) }
        let other = chart("\(metrics.joined(separator: ", ")) of \(run)", of: shown)
        guard let loss, let second = error ?? other else { return }
        figure = (error == nil ? "loss_and_score" : "loss_and_error", ChartRow([loss, second]))
    }

    /// Charts of the loss, averaged where there are many steps, and of the learning rate.
    private mutating func addSteps(_ steps: [StepLog.Row], run: String) {
        let size = max((steps.count + Self.pointCount - 1) / Self.pointCount, 1)
        let parts = stride(from: 0, to: steps.count, by: size).map { steps[$0..<min($0 + size, steps.count)] }
        let losses = parts.map { part in
            (Double(part.last!.step), Double(part.reduce(0) { $0 + $1.loss }) / Double(part.count))
        }
        // The learning rate of epochs shows where no step was logged.
        let isByStep = parts.count > 1
        if isByStep {
            let name = size > 1 ? "train loss, mean of \(size) steps" : "train loss"
            add(
                "loss_by_step", title: "Loss of \(run) by step", yLabel: "loss",
                series: [LineChart.Series(name, points: losses)], xLabel: "step")
        }
        let rates = parts.map { (Double($0.last!.step), Double($0.last!.learningRate)) }
        add(
            "learning_rate", title: "Learning rate of \(run)", yLabel: "learning rate",
            series: [isByStep ? LineChart.Series("learning rate", points: rates) : series("learning_rate")],
            xLabel: isByStep ? "step" : nil)
    }

    /// A chart of scores with one unit.
    ///
    /// Of several metrics, each has a colour, and is dashed for the training samples.
    /// - Parameter isError: Whether the rest to 100 percent is drawn.
    private func chart(_ title: String, of scores: [MetricValue], isError: Bool = false) -> LineChart? {
        guard let first = scores.first else { return nil }
        var metrics: [String] = []
        for score in scores where !metrics.contains(score.metric) { metrics.append(score.metric) }
        let lines = scores.map { score in
            var line = series(score.name)
            if isError {
                line.name += " error"
                line.points = line.points.map { ($0.x, 100 - $0.y) }
            }
            if metrics.count > 1 {
                line.color = Color.palette[(metrics.firstIndex(of: score.metric) ?? 0) % Color.palette.count]
                line.isDashed = score.split == .train
            }
            return line
        }
        let unit = first.unit == .percent ? "%" : first.metric
        return chart(title, yLabel: isError ? "error, %" : unit, series: lines)
    }

    /// Adds a chart of scores with one unit.
    private mutating func addChart(_ name: String, title: String, of scores: [MetricValue], isError: Bool = false) {
        if let chart = chart(title, of: scores, isError: isError) { charts.append((name, chart)) }
    }

    private func series(_ column: String) -> LineChart.Series {
        LineChart.Series(
            column.replacing("_", with: " "),
            points: rows.compactMap { row in
                row[column].flatMap { $0.isNaN ? nil : (Double(usesSteps ? row.step : row.epoch), $0) }
            })
    }

    private mutating func add(
        _ name: String, title: String, yLabel: String, series: [LineChart.Series], xLabel: String? = nil
    ) {
        if let chart = chart(title, yLabel: yLabel, series: series, xLabel: xLabel) { charts.append((name, chart)) }
    }

    /// Nil for lines without points.
    private func chart(
        _ title: String, yLabel: String, series: [LineChart.Series], xLabel: String? = nil
    ) -> LineChart? {
        guard series.contains(where: { !$0.points.isEmpty }) else { return nil }
        return LineChart(
            title: title, series: series, xLabel: xLabel ?? (usesSteps ? "step" : "epoch"), yLabel: yLabel)
    }

    /// Draws every chart and the figure to `NAME.png` in the folder of the run.
    /// - Throws: `ImageError` if one cannot be written.
    func write(to directory: RunDirectory) throws(ImageError) {
        for (name, chart) in charts {
            try chart.image(width: 960, height: 600).writePNG(to: directory.file("\(name).png"))
        }
        if let figure {
            try figure.charts.image(width: 1280, height: 480).writePNG(to: directory.file("\(figure.name).png"))
        }
    }
}

extension MetricValue {
    /// Whether it is the share of samples whose class is among the first predicted ones, in percent.
    fileprivate var isTopAccuracy: Bool {
        unit == .percent && metric.hasPrefix("top") && Int(metric.dropFirst(3)) != nil
    }
}
