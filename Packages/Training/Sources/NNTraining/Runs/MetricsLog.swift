import Foundation
import NNLayers

/// The measured values of a run, in `metrics.jsonl` and, for tables, in `metrics.csv`.
///
/// A row is one line. `metrics.jsonl` is only ever added to and is what counts; the table is written
/// anew where a column is added. A process that dies loses at most the line that it was writing.
public final class MetricsLog {
    /// The rows so far.
    public private(set) var rows: [LogRow]
    private var columns: [String] = []
    private let json: URL
    private let csv: URL

    /// Opens the log of a run, or starts it.
    ///
    /// - Parameter progress: From where the run goes on: later rows, of a part that will be done again, are removed.
    ///   The row of an epoch is written at its end, so one for an epoch that has not ended is such a row too. Nil
    ///   keeps all rows.
    /// - Throws: ``RunError`` if a file cannot be read or written, or is no such log.
    public init(in directory: RunDirectory, from progress: TrainingProgress? = nil) throws(RunError) {
        json = directory.file("metrics.jsonl")
        csv = directory.file("metrics.csv")
        rows = try Self.read(json).filter { row in
            progress.map { row.step <= $0.step && row.epoch <= $0.epoch } ?? true
        }
        addColumns(of: rows)
        try Self.write(rows.map { $0.json + "\n" }.joined(), to: json)
        try writeTable()
    }

    /// Adds a row.
    /// - Throws: ``RunError`` if it cannot be written, as on a full disk, or a name is none for a column.
    public func append(_ row: LogRow) throws(RunError) {
        for entry in row.entries {
            if let problem = UnrecordableScore(entry.name) { throw RunError("\(problem.reason); \(problem.remedy)") }
        }
        try Self.append(row.json + "\n", to: json)
        rows.append(row)
        if addColumns(of: [row]) {
            try writeTable()
        } else {
            try Self.append(row.csv(columns: columns) + "\n", to: csv)
        }
    }

    /// Takes in the columns of rows, and says whether there was a new one.
    @discardableResult
    private func addColumns(of rows: [LogRow]) -> Bool {
        let before = columns.count
        for entry in rows.flatMap(\.entries) where !columns.contains(entry.name) { columns.append(entry.name) }
        return columns.count > before
    }

    private func writeTable() throws(RunError) {
        let lines = [(["epoch", "step"] + columns).joined(separator: ",")] + rows.map { $0.csv(columns: columns) }
        try Self.write(lines.map { $0 + "\n" }.joined(), to: csv)
    }
}

extension MetricsLog {
    /// The rows of a file; none if there is no file. A last line without its end is left out.
    private static func read(_ url: URL) throws(RunError) -> [LogRow] {
        guard FileManager.default.fileExists(atPath: url.path) else { return [] }
        let text: String
        do {
            text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        } catch {
            throw RunError("cannot read '\(url.path)': \(error.localizedDescription)")
        }
        var rows: [LogRow] = []
        // What follows the last line end is a line that was torn, or nothing.
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().enumerated() {
            guard let row = LogRow(json: line) else {
                throw RunError("'\(url.path)', line \(index + 1), is no row of a log; mend the line or remove the file")
            }
            rows.append(row)
        }
        return rows
    }

    private static func write(_ text: String, to url: URL) throws(RunError) {
        do {
            try Data(text.utf8).write(to: url, options: .atomic)
        } catch {
            throw RunError("cannot write '\(url.path)': \(error.localizedDescription)")
        }
    }

    private static func append(_ line: String, to url: URL) throws(RunError) {
        do {
            let file = try FileHandle(forWritingTo: url)
            defer { try? file.close() }
            let end = try file.seekToEnd()
            do {
                try file.write(contentsOf: Data(line.utf8))
            } catch {
                // A part of a line must not stay before the next.
                try? file.truncate(atOffset: end)
                throw error
            }
            try file.synchronize()
        } catch {
            throw RunError("cannot write '\(url.path)': \(error.localizedDescription)")
        }
    }
}

/// What was measured after an epoch, in the order of the columns.
public struct LogRow: Sendable, Hashable {
    /// A number under its name.
    public struct Entry: Sendable, Hashable {
        public var name: String
        public var value: Double

        public init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// How many epochs are done.
    public var epoch: Int
    /// How many steps are done.
    public var step: Int
    /// The measured values, such as `train_loss` and `validation_top1`.
    public var entries: [Entry]

    public init(epoch: Int, step: Int, entries: [Entry] = []) {
        self.epoch = epoch
        self.step = step
        self.entries = entries
    }

    /// The value under a name; nil where it was not measured. Setting adds it at the end if it is new.
    public subscript(name: String) -> Double? {
        get { entries.first { $0.name == name }?.value }
        set {
            let index = entries.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(name, value))
            case (nil, nil): break
            }
        }
    }
}

extension LogRow {
    /// One line of JSON, without the line end. What is not finite becomes null, which JSON can say.
    var json: String {
        let values = entries.map { "\"\($0.name)\": \($0.value.isFinite ? "\($0.value)" : "null")" }
        return "{" + (["\"epoch\": \(epoch)", "\"step\": \(step)"] + values).joined(separator: ", ") + "}"
    }

    /// Reads what `json` wrote; nil for anything else. (A general reader would lose the order.)
    init?(json line: some StringProtocol) {
        guard line.hasPrefix("{"), line.hasSuffix("}") else { return nil }
        var entries: [Entry] = []
        for part in line.dropFirst().dropLast().split(separator: ", ") {
            let pair = part.split(separator: ": ", maxSplits: 1)
            guard pair.count == 2, pair[0].count > 2, pair[0].hasPrefix("\""), pair[0].hasSuffix("\""),
                let value = pair[1] == "null" ? Double.nan : Double(pair[1])
            else { return nil }
            entries.append(Entry(String(pair[0].dropFirst().dropLast()), value))
        }
        guard entries.count >= 2, entries[0].name == "epoch", entries[1].name == "step",
            let epoch = Int(exactly: entries[0].value), let step = Int(exactly: entries[1].value)
        else { return nil }
        self.init(epoch: epoch, step: step, entries: Array(entries.dropFirst(2)))
    }

    /// One line of a table with these columns after `epoch` and `step`; a cell without a value is empty.
    func csv(columns: [String]) -> String {
        (["\(epoch)", "\(step)"] + columns.map { self[$0].map { "\($0)" } ?? "" }).joined(separator: ",")
    }
}
