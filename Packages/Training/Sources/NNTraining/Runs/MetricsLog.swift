import Foundation
@_spi(Internal) import NNCore
@_spi(Internal) import NNInference
import NNLayers

/// The log of a run's scores, in `metrics.jsonl` and, for spreadsheets, in `metrics.csv`.
///
/// Each row is one line. `metrics.jsonl` is only ever appended to and is authoritative; the table is
/// rewritten when a column is added. A process that dies loses at most the line that it was writing.
public final class MetricsLog {
    /// The rows so far.
    public private(set) var rows: [LogRow]
    private var columns: [String] = []
    /// The columns that are known to be scores: files have no units.
    private var scores: [String: MetricValue] = [:]
    private let json: URL
    private let csv: URL

    /// Opens the log of a run, or creates it.
    ///
    /// - Parameter progress: Where the run is resumed: later rows, of a part that will be repeated, are removed.
    ///   The row of an evaluation that has to be repeated is such a row too. Nil keeps all rows.
    /// - Throws: ``RunError`` if a file cannot be read or written, or is not such a log.
    public init(in directory: RunDirectory, from progress: TrainingProgress? = nil) throws(RunError) {
        json = directory.file("metrics.jsonl")
        csv = directory.file("metrics.csv")
        rows = try Self.read(json).filter { row in
            progress.map { (row.epoch, row.step) <= ($0.evaluatedEpoch, $0.evaluatedStep) } ?? true
        }
        learnScores(progress?.scores ?? [])
        addColumns(of: rows)
        try RunError.write(rows.map { $0.json + "\n" }.joined(), to: json)
        try writeTable()
    }

    /// Appends a row to both files.
    /// - Throws: ``RunError`` if the row cannot be written, as on a full disk, or a name cannot be a column.
    public func append(_ row: LogRow) throws(RunError) {
        for entry in row.entries {
            if let problem = UnrecordableScore(entry.name) { throw RunError("\(problem.reason); \(problem.remedy)") }
        }
        try Self.append(row.json + "\n", to: json)
        rows.append(row)
        learnScores(row.scores)
        if addColumns(of: [row]) {
            try writeTable()
        } else {
            try Self.append(row.csv(columns: columns) + "\n", to: csv)
        }
    }

    /// Gives scores that were read from the file the units and directions of those that were measured.
    private func learnScores(_ measured: [MetricValue]) {
        let new = measured.filter { scores[$0.name] == nil }
        if new.isEmpty { return }
        for score in new { scores[score.name] = score }
        for index in rows.indices { rows[index].recognize(scores) }
    }

    /// Adds the columns of rows, and returns whether any is new.
    @discardableResult
    private func addColumns(of rows: [LogRow]) -> Bool {
        let before = columns.count
        for entry in rows.flatMap(\.entries) where !columns.contains(entry.name) { columns.append(entry.name) }
        return columns.count > before
    }

    private func writeTable() throws(RunError) {
        let lines = [CSV.line(["epoch", "step"] + columns)] + rows.map { $0.csv(columns: columns) }
        try RunError.write(lines.map { $0 + "\n" }.joined(), to: csv)
    }
}

extension MetricsLog {
    /// The rows of a run, read without changing its files.
    /// - Parameter measured: Scores of the run, for their units.
    /// - Throws: ``RunError`` if the log cannot be read, or is none.
    static func rows(of run: RunDirectory, measured: [MetricValue]) throws(RunError) -> [LogRow] {
        let scores = Dictionary(measured.map { ($0.name, $0) }) { first, _ in first }
        return try read(run.file("metrics.jsonl")).map { row in
            var row = row
            row.recognize(scores)
            return row
        }
    }

    /// The rows of a file; none if there is no file. A last line without its end is left out.
    private static func read(_ url: URL) throws(RunError) -> [LogRow] {
        guard FileManager.default.fileExists(atPath: url.path) else { return [] }
        let text: String
        do {
            text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        } catch {
            throw RunError("cannot read '\(url.path)': \(SystemError.text(of: error))")
        }
        var rows: [LogRow] = []
        // What follows the last line end is a torn line, or nothing.
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().enumerated() {
            guard let row = LogRow(json: line) else {
                throw RunError(
                    "'\(url.path)', line \(index + 1), is not a row of a log; repair the line or remove the file")
            }
            rows.append(row)
        }
        return rows
    }

    private static func append(_ line: String, to url: URL) throws(RunError) {
        do {
            let file = try FileHandle(forWritingTo: url)
            defer { try? file.close() }
            let end = try file.seekToEnd()
            do {
                try file.write(contentsOf: Data(line.utf8))
            } catch {
                // A partial line must not precede the next one.
                try? file.truncate(atOffset: end)
                throw error
            }
            try file.synchronize()
        } catch {
            throw RunError("cannot write '\(url.path)': \(SystemError.text(of: error))")
        }
    }
}

/// What was logged after an epoch, in the order of the columns.
public struct LogRow: Sendable, Hashable {
    /// A logged number with its name.
    public enum Entry: Sendable, Hashable {
        /// The value of a metric, with its split, unit and direction.
        case score(MetricValue)
        /// Another figure, such as the learning rate, or a score whose unit is not known.
        case figure(String, Double)

        /// The name of the column, such as `validation_top1` or `learning_rate`.
        public var name: String {
            switch self {
            case .score(let score): score.name
            case .figure(let name, _): name
            }
        }

        /// The number.
        public var value: Double {
            get {
                switch self {
                case .score(let score): score.value
                case .figure(_, let value): value
                }
            }
            set {
                switch self {
                case .score(var score):
                    score.value = newValue
                    self = .score(score)
                case .figure(let name, _): self = .figure(name, newValue)
                }
            }
        }
    }

    /// The number of finished epochs.
    public var epoch: Int
    /// The number of finished steps.
    public var step: Int
    /// The logged numbers in the order of their columns.
    public var entries: [Entry]

    /// A row without numbers by default.
    public init(epoch: Int, step: Int, entries: [Entry] = []) {
        self.epoch = epoch
        self.step = step
        self.entries = entries
    }

    /// The scores among the entries.
    public var scores: [MetricValue] {
        entries.compactMap { entry in
            if case .score(let score) = entry { score } else { nil }
        }
    }

    /// The number with a name; nil where it was not logged. Setting a new name appends a figure.
    public subscript(name: String) -> Double? {
        get { entries.first { $0.name == name }?.value }
        set {
            let index = entries.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(.figure(name, value))
            case (nil, nil): break
            }
        }
    }

    /// Appends a score, or replaces the entry of its name.
    mutating func set(_ score: MetricValue) {
        if let index = entries.firstIndex(where: { $0.name == score.name }) {
            entries[index] = .score(score)
        } else {
            entries.append(.score(score))
        }
    }

    /// Turns figures with the names of known scores into scores.
    fileprivate mutating func recognize(_ scores: [String: MetricValue]) {
        for index in entries.indices {
            guard case .figure(let name, let value) = entries[index], var score = scores[name] else { continue }
            score.value = value
            entries[index] = .score(score)
        }
    }
}

extension LogRow {
    /// One line of JSON, without the line end. Values that are not finite become null, for want of better in JSON.
    var json: String {
        let values = entries.map { "\"\($0.name)\": \($0.value.isFinite ? "\($0.value)" : "null")" }
        return "{" + (["\"epoch\": \(epoch)", "\"step\": \(step)"] + values).joined(separator: ", ") + "}"
    }

    /// Reads what `json` wrote; nil for anything else. (A general parser would lose the order.)
    init?(json line: some StringProtocol) {
        guard line.hasPrefix("{"), line.hasSuffix("}") else { return nil }
        var entries: [Entry] = []
        for part in line.dropFirst().dropLast().split(separator: ", ") {
            let pair = part.split(separator: ": ", maxSplits: 1)
            guard pair.count == 2, pair[0].count > 2, pair[0].hasPrefix("\""), pair[0].hasSuffix("\""),
                let value = pair[1] == "null" ? Double.nan : Double(pair[1])
            else { return nil }
            entries.append(.figure(String(pair[0].dropFirst().dropLast()), value))
        }
        guard entries.count >= 2, entries[0].name == "epoch", entries[1].name == "step",
            let epoch = Int(exactly: entries[0].value), let step = Int(exactly: entries[1].value)
        else { return nil }
        self.init(epoch: epoch, step: step, entries: Array(entries.dropFirst(2)))
    }

    /// One line of a table with these columns after `epoch` and `step`; a missing or undefined value is an empty cell.
    func csv(columns: [String]) -> String {
        CSV.line(["\(epoch)", "\(step)"] + columns.map { self[$0].map { $0.isNaN ? "" : "\($0)" } ?? "" })
    }
}
