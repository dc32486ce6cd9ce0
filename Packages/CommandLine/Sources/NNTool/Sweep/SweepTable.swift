@_spi(Internal) import NNInference
@_spi(Text) import NNLayers
import NNOptimizers
import NNTraining

/// The results of a sweep with a row for each point, the best first: `sweep.json`, `sweep.csv` and `sweep.md`.
struct SweepTable: StudySummary {
    /// The results of all seeds with the same values.
    struct Point: Encodable {
        /// In the order of the keys.
        let values: [String]
        /// 1 for the best; nil where the score that decides is undefined.
        var rank: Int?
        /// How many of the runs are finished.
        let finished: Int
        let failed: Int
        /// How many runs there are altogether.
        let runs: Int
        /// The mean duration of a run; nil where none is finished.
        let seconds: Double?
        /// The scores of the finished runs.
        let scores: [StudyTable.Spread]
    }

    /// The folder of all runs.
    let run: String
    let keys: [String]
    /// The score that decides, after the best epoch of each run; nil before the first result.
    let metric: String?
    let runs: [StudyMember]
    let results: [StudyResult]
    let failures: [StudyFailure]
    /// The best first.
    let points: [Point]
    /// The scores of the table in its order, with a value of any run.
    private let columns: [Column]

    private typealias Column = (moment: StudyTable.Spread.Moment, score: MetricValue)

    private enum CodingKeys: CodingKey { case run, keys, metric, runs, results, failures, points }

    init(of study: RunStudy) {
        self.init(
            run: study.url.relativePath, keys: study.keys, runs: study.members, results: study.results,
            failures: study.failures)
    }

    init(run: String, keys: [String], runs: [StudyMember], results: [StudyResult], failures: [StudyFailure]) {
        self.run = run
        self.keys = keys
        self.runs = runs
        self.results = runs.compactMap { member in results.first { $0.run == member.name } }
        self.failures = failures
        let metric = self.results.lazy.compactMap(\.bestMetric).first
        self.metric = metric
        let columns = Self.columns(self.results, metric)
        self.columns = columns
        let finished = Dictionary(results.map { ($0.run, $0) }, uniquingKeysWith: { first, _ in first })
        var values: [[String]] = []
        for member in runs where !values.contains(member.values) { values.append(member.values) }
        var points = values.map { values in
            let members = runs.filter { $0.values == values }
            let own = members.compactMap { finished[$0.name] }
            let seconds = own.compactMap(\.seconds)
            return Point(
                values: values, finished: own.count,
                failed: members.count { member in failures.contains { $0.run == member.name } },
                runs: members.count, seconds: seconds.isEmpty ? nil : seconds.reduce(0, +) / Double(seconds.count),
                scores: columns.map { moment, score in
                    let values = own.compactMap { Self.value($0, moment, score.name) }
                    return StudyTable.Spread(score, at: moment, of: values)
                })
        }
        if let judge = columns.firstIndex(where: { $0.moment == .best && $0.score.name == metric }) {
            let order = Self.order(points.map { $0.scores[judge].mean }, columns[judge].score.mode)
            points = order.enumerated().map { rank, index in
                var point = points[index]
                if point.scores[judge].mean != nil { point.rank = rank + 1 }
                return point
            }
        }
        self.points = points
    }

    /// The indices of values, the best first and undefined ones last, equal ones as they are.
    private static func order(_ values: [Double?], _ mode: MetricMode) -> [Int] {
        values.indices.sorted { left, right in
            switch (values[left], values[right]) {
            case (let a?, let b?): a == b ? left < right : mode == .max ? a > b : a < b
            case (_?, nil): true
            case (nil, _?): false
            case (nil, nil): left < right
            }
        }
    }

    /// The scores of the judged split first, of these the error and the one that decides, each after the best epoch and after
    /// the last one.
    private static func columns(_ results: [StudyResult], _ metric: String?) -> [Column] {
        var scores: [MetricValue] = []
        for score in results.flatMap({ Self.scores($0.final) }) where !scores.contains(where: { $0.name == score.name })
        {
            scores.append(score)
        }
        let split = scores.first { $0.name == metric }?.split ?? .validation
        func place(_ score: MetricValue) -> Int {
            if score.split != split { return 3 }
            if score.metric == errorName { return 0 }
            return score.name == metric ? 1 : 2
        }
        let sorted = (0...3).flatMap { number in scores.filter { place($0) == number } }
        return sorted.flatMap { [(StudyTable.Spread.Moment.best, $0), (.final, $0)] }
    }

    private static let errorName = "error"

    /// The scores of a run, and the error in percent as papers print it where there is an accuracy.
    private static func scores(_ scores: [MetricValue]) -> [MetricValue] {
        let errors = scores.filter { $0.metric == "top1" && $0.unit == .percent }.map {
            MetricValue(errorName, 100 - $0.value, unit: .percent, mode: .min, split: $0.split)
        }
        return scores + errors.filter { error in !scores.contains { $0.name == error.name } }
    }

    private static func value(
        _ result: StudyResult, _ moment: StudyTable.Spread.Moment, _ name: String
    ) -> Double? {
        scores(moment == .final ? result.final : result.best).first { $0.name == name }?.value
    }
}

extension SweepTable {
    var files: [String: String] { ["sweep.csv": csv, "sweep.md": markdown] }

    /// All scores with mean and deviation, and whole names.
    var csv: String {
        let scores = columns.flatMap { moment, score in
            ["mean", "deviation"].map { "\(moment.rawValue)_\(score.name)_\($0)" }
        }
        let header = ["rank"] + keys + ["runs", "finished", "failed", "seconds"] + scores
        let rows = points.map { point in
            let counts = [point.runs, point.finished, point.failed].map { "\($0)" }
            let scores = point.scores.flatMap { [$0.mean, $0.deviation] }.map { $0.map { "\($0)" } ?? "" }
            let seconds = point.seconds.map { "\($0)" } ?? ""
            return [point.rank.map { "\($0)" } ?? ""] + point.values + counts + [seconds] + scores
        }
        return CSV.text(columns: header, rows: rows) + "\n"
    }

    /// The scores of the split that is judged.
    var text: String {
        guard !results.isEmpty || !failures.isEmpty else { return "no run is finished" }
        let (titles, rows) = cells
        var table = TextTable(columns: [""] + titles, leftAligned: 1 + keys.count)
        for (point, row) in zip(points, rows) { table.add([point.rank == 1 ? "*" : ""] + row) }
        return ([caption, "", "\(table)"] + failureLines).joined(separator: "\n")
    }

    /// The same for a page, the best row in bold.
    var markdown: String {
        let (titles, rows) = cells
        func line(_ cells: [String]) -> String {
            "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
        }
        let alignment = titles.indices.map { $0 < keys.count ? "---" : "---:" }
        var lines = [line(titles), "|" + alignment.joined(separator: "|") + "|"]
        for (point, row) in zip(points, rows) { lines.append(line(point.rank == 1 ? row.map { "**\($0)**" } : row)) }
        return (lines + ["", caption] + failureLines).joined(separator: "\n") + "\n"
    }

    private var caption: String {
        let judge = metric.map { "; * is the best \($0), and the order is by it" } ?? ""
        let runs = Set(points.map(\.runs)).sorted().map { "\($0)" }.joined(separator: " or ")
        return
            "mean ± sample deviation of \(runs == "1" ? "1 run" : "\(runs) runs"), after the epoch with the best score "
            + "(best) and after the last one (final)\(judge)"
    }

    private var failureLines: [String] {
        if failures.isEmpty { return [] }
        return [""] + failures.map { "failed: \($0.run): \($0.reason.split(separator: "\n").first ?? "")" }
    }

    /// The titles and the rows of what people read.
    private var cells: (titles: [String], rows: [[String]]) {
        let split = columns.first?.score.split
        let shown = columns.indices.filter { columns[$0].score.split == split }
        let titles = shown.map { index in
            let (moment, score) = columns[index]
            return "\(moment.rawValue) \(score.metric)\(score.unit == .percent ? " %" : "")"
        }
        let rows = points.map { point in
            let count = point.finished == point.runs ? "\(point.runs)" : "\(point.finished) of \(point.runs)"
            let runs = point.failed > 0 ? "\(count), \(point.failed) failed" : count
            let time = point.seconds.map(TimeText.clock) ?? "-"
            return point.values + [runs] + shown.map { Self.text(point.scores[$0], columns[$0].score) } + [time]
        }
        return (SweepNames.short(keys) + ["runs"] + titles + ["time/run"], rows)
    }

    private static func text(_ spread: StudyTable.Spread, _ score: MetricValue) -> String {
        guard let mean = spread.mean else { return "-" }
        func text(_ value: Double) -> String { MetricValue("", value, unit: score.unit, mode: score.mode).text }
        return spread.deviation.map { "\(text(mean)) ± \(text($0))" } ?? text(mean)
    }
}
