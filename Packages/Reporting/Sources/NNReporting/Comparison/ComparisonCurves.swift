import NNDatasets
import NNInference
import NNPlotting
@_spi(Internal) import NNTraining

/// Charts of several runs: a chart for each score, with a line for each run.
struct ComparisonCurves {
    /// What a chart is drawn over.
    enum Axis: String, CaseIterable {
        case epoch, step
        case minutes = "minutes of training"

        /// The heading above the charts.
        var title: String {
            switch self {
            case .epoch: "By epoch"
            case .step: "By step"
            case .minutes: "By time"
            }
        }
    }

    private let runs: [ComparedRun]
    /// One value of each score that any run has: those of validation before those of training, the judged one first.
    private let scores: [MetricValue]

    /// The most runs of a chart with the lines of single steps, which hide each other.
    private static let stepRunCount = 20

    init(_ runs: [ComparedRun]) {
        self.runs = runs
        var found: [MetricValue] = []
        for score in runs.flatMap({ $0.logs.rows.last?.scores ?? $0.final })
        where !found.contains(where: { $0.name == score.name }) { found.append(score) }
        let judges = runs.compactMap(\.bestMetric)
        func rank(_ score: MetricValue) -> Int {
            if judges.contains(score.name) { return 0 }
            if score.metric == "loss" { return score.split == .validation ? 1 : 2 }
            return score.split == .validation ? 3 : 4
        }
        scores = found.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
            .map(\.element)
    }

    /// The charts over an axis: of all scores over epochs, of the losses and the judged score over the others.
    func charts(over axis: Axis) -> [LineChart] {
        let judges = runs.compactMap(\.bestMetric)
        var charts = scores.filter { axis == .epoch || $0.metric == "loss" || judges.contains($0.name) }
            .map { chart(of: $0, over: axis) }
        if axis == .step { charts += [stepLosses].compactMap { $0 } }
        return charts
    }

    private func chart(of score: MetricValue, over axis: Axis) -> LineChart {
        let lines = runs.enumerated().map { index, run in
            let places = places(of: run, over: axis)
            let points = zip(places, run.logs.rows).compactMap { place, row in
                row[score.name].flatMap { $0.isFinite ? (x: place, y: $0) : nil }
            }
            return line(index, points)
        }
        return LineChart(
            title: score.name.replacing("_", with: " "), series: lines, xLabel: axis.rawValue,
            yLabel: score.unit == .percent ? "%" : "")
    }

    private func places(of run: ComparedRun, over axis: Axis) -> [Double] {
        let rows = run.logs.rows
        switch axis {
        case .step: return rows.map { Double($0.step) }
        case .minutes: return ComparedRun.times(of: rows).map { $0 / 60 }
        case .epoch:
            guard Set(rows.map(\.epoch)).count < rows.count, let last = rows.last, last.step > 0 else {
                return rows.map { Double($0.epoch) }
            }
            // Of several evaluations within an epoch, each lies where its step does.
            return rows.map { Double($0.step) * Double(last.epoch) / Double(last.step) }
        }
    }

    /// The losses of single steps; nil where none were logged.
    private var stepLosses: LineChart? {
        guard runs.count <= Self.stepRunCount, runs.contains(where: { !$0.logs.steps.isEmpty }) else { return nil }
        let lines = runs.enumerated().map { index, run in
            let points = run.logs.steps.filter(\.loss.isFinite).map { (x: Double($0.step), y: Double($0.loss)) }
            return line(index, points)
        }
        return LineChart(title: "train loss of steps", series: lines, xLabel: "step", yLabel: "")
    }

    /// Further colours for more than 14 runs, with a contrast of 3:1 or more to light and dark pages.
    private static let furtherColors = [
        Color(0xD03030), Color(0x8A8A1A), Color(0x7E57C2), Color(0x00838F), Color(0xE05A8A), Color(0xA1664F),
        Color(0x7F7F7F),
    ]

    /// Each run has a look of its own up to 28: colours repeat with dashes.
    private func line(_ index: Int, _ points: [(x: Double, y: Double)]) -> LineChart.Series {
        let count = Color.palette.count
        let colors = (index / count / 2).isMultiple(of: 2) ? Color.palette : Self.furtherColors
        return LineChart.Series(
            runs[index].name, points: points, color: colors[index % count],
            isDashed: !(index / count).isMultiple(of: 2))
    }

    /// The charts as a part of a page.
    var body: HTML {
        var pieces: [HTML] = []
        // The legend of many runs takes room of its own.
        let height = 270 + 17 * (max(runs.count - 1, 0) / 4)
        for axis in Axis.allCases {
            let figures = charts(over: axis).map { HTML("figure", [:], HTML(markup: $0.svg(height: height))) }
            if figures.isEmpty { continue }
            pieces += [HTML("h3", text: axis.title), HTML("div", ["class": "charts"], figures)]
        }
        return pieces.isEmpty ? HTML("p", text: "No run has been evaluated yet.") : HTML(pieces)
    }
}
