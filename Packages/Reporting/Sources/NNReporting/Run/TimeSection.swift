import NNInference
@_spi(Text) import NNLayers
import NNPlotting
@_spi(Internal) import NNTraining

/// The times of a run as its log has them, in seconds.
struct RunTimes {
    /// Of training steps.
    let training: Double
    /// Of that, waiting for data.
    let waiting: Double
    /// Of evaluations.
    let evaluation: Double
    /// The samples that were trained on per second; nil where it is not logged.
    let samplesPerSecond: Double?

    /// All together.
    var total: Double { training + evaluation }

    init(_ facts: RunFacts) {
        let rows = facts.logs.rows
        func sum(_ name: String) -> Double { rows.compactMap { $0[name] }.filter(\.isFinite).reduce(0, +) }
        training = sum("seconds")
        waiting = sum("data_wait_seconds")
        evaluation = sum("evaluation_seconds")
        let samples = rows.compactMap { row -> Double? in
            guard let seconds = row["seconds"], let speed = row["samples_per_second"] else { return nil }
            return seconds * speed
        }
        samplesPerSecond = samples.isEmpty || training <= 0 ? nil : samples.reduce(0, +) / training
    }
}

/// How long training took, and what it waited for.
struct TimeSection {
    let facts: RunFacts

    var sections: [ReportSection] {
        let times = RunTimes(facts)
        guard times.total > 0 else { return [] }
        func row(_ name: String, _ seconds: Double) -> [String] {
            let part = Int((100 * seconds / times.total).rounded())
            return [name, Figures.duration(seconds), "\(part) %"]
        }
        var rows = [
            row("training without waiting for data", max(times.training - times.waiting, 0)),
            row("waiting for data", times.waiting), row("evaluation", times.evaluation),
        ]
        rows.append(["together", Figures.duration(times.total), "100 %"])
        var pieces = [HTML.table(columns: ["what", "time", "part"], rows: rows, marked: rows.count - 1)]
        if let speed = times.samplesPerSecond {
            pieces.append(.paragraph("Trained \(Figures.number(speed)) images per second on average."))
        }
        if let summary = facts.logs.summary {
            let process = summary.peakProcessMemory.map { ", \(Figures.bytes($0)) of the process in all" } ?? ""
            pieces.append(.paragraph("Peak memory: \(Figures.bytes(summary.peakMemory)) of tensors\(process)."))
            if let exchange = summary.trainingTime.exchange {
                let text = "\(Figures.duration(exchange.total)), of which \(Figures.duration(exchange.waiting)) waiting"
                pieces.append(.paragraph("Exchange of gradients in the last session: \(text)."))
            }
        }
        let charts = charts
        if !charts.isEmpty { pieces.append(.charts(charts)) }
        return [ReportSection(anchor: "time", title: "Time and memory", body: HTML(pieces))]
    }

    private var charts: [LineChart] {
        let rows = facts.logs.rows
        guard rows.count > 1 else { return [] }
        let usesSteps = Set(rows.map(\.epoch)).count < rows.count
        func series(_ name: String, _ column: String) -> LineChart.Series {
            let points = rows.compactMap { row in
                row[column].map { (x: Double(usesSteps ? row.step : row.epoch), y: $0) }
            }
            return LineChart.Series(name, points: points)
        }
        let times = [
            series("training", "seconds"), series("waiting for data", "data_wait_seconds"),
            series("evaluation", "evaluation_seconds"),
        ]
        let label = usesSteps ? "step" : "epoch"
        return [
            LineChart(title: "Seconds between evaluations", series: times, xLabel: label, yLabel: "seconds"),
            LineChart(
                title: "Speed of training", series: [series("images per second", "samples_per_second")], xLabel: label,
                yLabel: "images/s"),
        ]
    }
}
