@_spi(Internal) import NNInference
@_spi(Text) import NNLayers
import NNTraining

/// The results of several seeds or folds, with mean and standard deviation: `seeds.json` and `seeds.csv`, or `folds.json`
/// and `folds.csv`.
struct StudyTable: StudySummary {
    /// The mean and standard deviation of a score over the runs.
    struct Spread: Encodable {
        /// After the last epoch or after the best one.
        enum Moment: String, Encodable { case final, best }

        let score: String
        let unit: MetricValue.Unit
        let at: Moment
        /// The number of runs for which this score is defined.
        let count: Int
        /// Nil where it is undefined for all runs.
        let mean: Double?
        /// The sample standard deviation, which divides by `count - 1`; nil for a single run.
        let deviation: Double?

        init(_ score: MetricValue, at moment: Moment, of all: [Double]) {
            let values = all.filter { !$0.isNaN }
            self.score = score.name
            unit = score.unit
            at = moment
            count = values.count
            let mean = values.reduce(0, +) / Double(values.count)
            self.mean = values.isEmpty ? nil : mean
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil
        }
    }

    /// The folder of all runs.
    let run: String
    let variation: Variation
    /// All seeds or folds, also those that are not finished.
    let numbers: [UInt64]
    /// In the order of the seeds or folds.
    let results: [StudyResult]
    let spreads: [Spread]

    private enum CodingKeys: CodingKey { case run, seeds, folds, results, spreads }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(run, forKey: .run)
        try container.encode(numbers, forKey: variation == .seed ? .seeds : .folds)
        try container.encode(results, forKey: .results)
        try container.encode(spreads, forKey: .spreads)
    }

    init(run: String, variation: Variation, numbers: [UInt64], results: [StudyResult]) {
        self.run = run
        self.variation = variation
        self.numbers = numbers
        self.results = results
        spreads = Self.columns(results).map { moment, score in
            Spread(score, at: moment, of: results.compactMap { Self.value($0, moment, score.name)?.value })
        }
    }

    private typealias Column = (moment: Spread.Moment, score: MetricValue)

    /// Each score after the last epoch, then each after the best one.
    private static func columns(_ results: [StudyResult]) -> [Column] {
        let scores = results.first?.final ?? []
        return [Spread.Moment.final, .best].flatMap { moment in
            scores.filter { score in results.contains { value($0, moment, score.name) != nil } }.map { (moment, $0) }
        }
    }

    private static func value(_ result: StudyResult, _ moment: Spread.Moment, _ name: String) -> MetricValue? {
        (moment == .final ? result.final : result.best).first { $0.name == name }
    }
}

extension StudyTable {
    var files: [String: String] { results.isEmpty ? [:] : ["\(variation.plural).csv": csv] }

    /// A row for each run with all scores, then mean and standard deviation.
    var csv: String {
        let columns = Self.columns(results)
        let header =
            [variation.rawValue, "run", "ending", "epochs", "best_epoch"]
            + columns.map { "\($0.moment.rawValue)_\($0.score.name)" }
        var rows: [[String]] = []
        for result in results {
            let run: [String] = [
                "\(result.number)", result.run, result.ending.rawValue, "\(result.epochs)",
                result.bestEpoch.map { "\($0)" } ?? "",
            ]
            let scores = columns.map {
                Self.value(result, $0.moment, $0.score.name).map { $0.isDefined ? "\($0.value)" : "" } ?? ""
            }
            rows.append(run + scores)
        }
        if !results.isEmpty {
            let empty = [String](repeating: "", count: 4)
            rows.append(["mean"] + empty + spreads.map { $0.mean.map { "\($0)" } ?? "" })
            rows.append(["deviation"] + empty + spreads.map { $0.deviation.map { "\($0)" } ?? "" })
        }
        return CSV.text(columns: header, rows: rows) + "\n"
    }

    /// The validation scores as a table.
    var text: String {
        guard let metric = results.first?.bestMetric else { return "no \(variation.rawValue) is finished" }
        let all = Array(zip(Self.columns(results), spreads))
        let validation = all.filter { $0.0.score.split == .validation }
        let shown = validation.isEmpty ? all : validation
        let titles = shown.map { column, spread in
            "\(spread.at.rawValue) \(validation.isEmpty ? column.score.name : column.score.metric)"
                + (column.score.unit == .percent ? " %" : "")
        }
        var table = TextTable(columns: [variation.rawValue, "epochs", "best epoch"] + titles)
        for result in results {
            table.add(
                ["\(result.number)", "\(result.epochs)", result.bestEpoch.map { "\($0)" } ?? "-"]
                    + shown.map { Self.value(result, $0.0.moment, $0.0.score.name)?.text ?? "-" })
        }
        func summary(_ title: String, _ value: (Spread) -> Double?) -> [String] {
            [title, "", ""]
                + shown.map { column, spread in
                    value(spread).map { MetricValue("", $0, unit: column.score.unit, mode: column.score.mode).text }
                        ?? "-"
                }
        }
        table.add(summary("mean", \.mean))
        table.add(summary("deviation", \.deviation))
        let subject = validation.isEmpty ? "scores" : "validation scores"
        return "\(subject) after the last epoch (final) and after the one with the best \(metric) (best)\n\n\(table)"
    }
}

/// The result of one seed or fold.
struct StudyResult: Equatable {
    let variation: Variation
    /// The seed or fold.
    let number: UInt64
    /// The run folder within that of all runs.
    let run: String
    let ending: TrainingSummary.Ending
    /// The number of finished epochs.
    let epochs: Int
    /// The epoch with the best score; nil if none was a number.
    let bestEpoch: Int?
    /// The score that decides which epoch is the best.
    let bestMetric: String?
    /// The scores after the last epoch.
    let final: [MetricValue]
    /// The scores after the best epoch.
    let best: [MetricValue]
    /// The duration of training and evaluation in seconds; nil where an earlier version did not note it.
    var seconds: Double?
}

extension StudyResult: Codable {
    private enum CodingKeys: CodingKey {
        case seed, fold, run, ending, epochs, bestEpoch, bestMetric, final, best, seconds
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        variation = container.contains(.fold) ? .fold : .seed
        number = try container.decode(UInt64.self, forKey: variation == .seed ? .seed : .fold)
        run = try container.decode(String.self, forKey: .run)
        ending = try container.decode(TrainingSummary.Ending.self, forKey: .ending)
        epochs = try container.decode(Int.self, forKey: .epochs)
        bestEpoch = try container.decodeIfPresent(Int.self, forKey: .bestEpoch)
        bestMetric = try container.decodeIfPresent(String.self, forKey: .bestMetric)
        final = try container.decode([MetricValue].self, forKey: .final)
        best = try container.decode([MetricValue].self, forKey: .best)
        seconds = try container.decodeIfPresent(Double.self, forKey: .seconds)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(number, forKey: variation == .seed ? .seed : .fold)
        try container.encode(run, forKey: .run)
        try container.encode(ending, forKey: .ending)
        try container.encode(epochs, forKey: .epochs)
        try container.encodeIfPresent(bestEpoch, forKey: .bestEpoch)
        try container.encodeIfPresent(bestMetric, forKey: .bestMetric)
        try container.encode(final, forKey: .final)
        try container.encode(best, forKey: .best)
        try container.encodeIfPresent(seconds, forKey: .seconds)
    }
}

extension StudyResult {
    /// - Throws: `RunError` if the records of the run cannot be read.
    init(
        _ variation: Variation, _ number: UInt64, summary: TrainingSummary, run: RunDirectory
    ) throws(RunError) {
        let progress = summary.progress
        let bestEpoch = progress.best?.bestEpoch
        let rows = try MetricsLog(in: run).rows
        let row = rows.last { $0.epoch == bestEpoch }
        let best = progress.scores.compactMap { score in
            row?[score.name].map {
                MetricValue(score.metric, $0, unit: score.unit, mode: score.mode, split: score.split)
            }
        }
        self.init(
            variation: variation, number: number, run: run.url.lastPathComponent, ending: summary.ending,
            epochs: progress.epoch, bestEpoch: bestEpoch, bestMetric: progress.best?.metric, final: progress.scores,
            best: best,
            // Of all processes that trained the run, and not of the last alone.
            seconds: rows.reduce(0) { $0 + ($1["seconds"] ?? 0) + ($1["evaluation_seconds"] ?? 0) })
    }
}
