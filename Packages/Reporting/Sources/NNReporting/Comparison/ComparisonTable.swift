import Foundation
@_spi(Internal) import NNInference
@_spi(Text) import NNLayers
import NNOptimizers
@_spi(Internal) import NNTraining

/// Runs as rows, and what differs and what was measured as columns: for Markdown, CSV, terminals and pages alike.
@_spi(Internal) public struct ComparisonTable: Sendable {
    /// What a column is about.
    enum Part: Sendable { case name, difference, fact, score }

    /// A column.
    struct Column: Sendable {
        /// The name in files: `best_validation_top1`.
        let name: String
        /// The title for people: `best validation top1 %`.
        let title: String
        let part: Part
    }

    /// A value for people and for files, and whether it is the best of its column.
    struct Cell: Sendable {
        var text: String
        var value: String
        var isBest = false

        static let empty = Cell(text: "", value: "")
        static let unknown = Cell(text: "—", value: "")
    }

    private(set) var columns: [Column] = []
    /// A row for each run.
    private(set) var rows: [[Cell]]
    /// Below them, a row for each group of seeds or folds: its mean and its deviation.
    private(set) var groups: [(size: Int, mean: [Cell], deviation: [Cell])] = []
    private let members: [[Int]]

    init(_ comparison: RunComparison) {
        let runs = comparison.runs
        rows = runs.map { _ in [] }
        members = comparison.groups
        groups = members.map { ($0.count, [], []) }
        add(Column(name: "run", title: "run", part: .name), runs.map { Cell(text: $0.name, value: $0.name) })
        for (index, group) in members.enumerated() {
            let names = group.map { runs[$0].name }.joined(separator: ", ")
            groups[index].mean[0] = Cell(text: names, value: "mean of \(names)")
            groups[index].deviation[0] = Cell(text: "", value: "deviation of \(names)")
        }
        for difference in comparison.differences {
            add(
                Column(name: difference.key, title: difference.key, part: .difference),
                difference.values.map { value in value.map { Cell(text: $0, value: $0) } ?? .unknown })
        }
        func count(_ value: Int?) -> Cell { value.map { Cell(text: $0.grouped, value: "\($0)") } ?? .unknown }
        add(Column(name: "parameters", title: "parameters", part: .fact), runs.map { count($0.parameterCount) })
        add(Column(name: "finished_epochs", title: "finished epochs", part: .fact), runs.map { count($0.epochs) })
        add(Column(name: "best_epoch", title: "best epoch", part: .fact), runs.map { count($0.bestEpoch) })
        if Set(runs.compactMap(\.bestMetric)).count > 1 {
            add(
                Column(name: "best_metric", title: "chosen by", part: .fact),
                runs.map { $0.bestMetric.map { Cell(text: $0, value: $0) } ?? .unknown })
        }
        addScores(of: runs)
        add(
            Column(name: "seconds", title: "training time", part: .fact),
            runs.map { run in
                run.seconds.map { Cell(text: TimeText.clock(seconds: $0), value: "\($0)") } ?? .unknown
            })
        addEvaluations(of: runs)
    }

    /// The scores of validation, or of training where there is none: the one that chooses the best epoch first, and each
    /// after the best epoch and after the last one.
    private mutating func addScores(of runs: [ComparedRun]) {
        var scores: [MetricValue] = []
        for score in runs.flatMap({ $0.final + $0.best }) where !scores.contains(where: { $0.name == score.name }) {
            scores.append(score)
        }
        let validation = scores.filter { $0.split == .validation }
        if !validation.isEmpty { scores = validation }
        let judges = runs.compactMap(\.bestMetric)
        scores = scores.filter { judges.contains($0.name) } + scores.filter { !judges.contains($0.name) }
        for score in scores {
            for (moment, values) in [("best", runs.map(\.best)), ("final", runs.map(\.final))] {
                add(
                    score, name: "\(moment)_\(score.name)", title: moment,
                    values.map { list in list.first { $0.name == score.name } })
            }
        }
    }

    private mutating func addEvaluations(of runs: [ComparedRun]) {
        guard runs.contains(where: { $0.evaluation != nil }) else { return }
        add(
            Column(name: "checkpoint", title: "checkpoint", part: .fact),
            runs.map { Cell(text: $0.checkpoint.rawValue, value: $0.checkpoint.rawValue) })
        var scores: [MetricValue] = []
        for score in runs.flatMap({ $0.evaluation?.scores ?? [] })
        where !scores.contains(where: { $0.name == score.name }) { scores.append(score) }
        for score in scores {
            add(
                score, name: "evaluated_\(score.name)", title: "evaluated",
                runs.map { run in run.evaluation?.scores.first { $0.name == score.name } })
        }
    }

    private mutating func add(_ column: Column, _ cells: [Cell]) {
        columns.append(column)
        for index in rows.indices { rows[index].append(cells[index]) }
        for (index, group) in members.enumerated() {
            // What all have in common, such as the learning rate.
            let isShared = column.part != .name && Set(group.map { cells[$0].value }).count == 1
            groups[index].mean.append(isShared ? cells[group[0]] : .empty)
            groups[index].deviation.append(.empty)
        }
    }

    private mutating func add(_ score: MetricValue, name: String, title: String, _ values: [MetricValue?]) {
        let unit = score.unit == .percent ? " %" : ""
        let readable = score.name.replacing("_", with: " ")
        let numbers = values.map { $0.flatMap { $0.isDefined ? $0.value : nil } }
        let known = numbers.compactMap { $0 }
        let best = score.mode == .max ? known.max() : known.min()
        // Where all are the same, none is the best.
        let hasBest = Set(known).count > 1
        add(
            Column(name: name, title: "\(title) \(readable)\(unit)", part: .score),
            zip(values, numbers).map { value, number in
                guard let value, let number else { return .unknown }
                return Cell(text: value.text, value: "\(number)", isBest: hasBest && number == best)
            })
        for (index, group) in members.enumerated() {
            let last = columns.count - 1
            groups[index].mean[last] = .unknown
            let spread = Spread(group.compactMap { numbers[$0] })
            guard let spread else { continue }
            func text(_ value: Double) -> String { MetricValue("", value, unit: score.unit, mode: score.mode).text }
            groups[index].mean[last] = Cell(
                text: text(spread.mean) + (spread.deviation.map { " ± \(text($0))" } ?? ""), value: "\(spread.mean)")
            groups[index].deviation[last].value = spread.deviation.map { "\($0)" } ?? ""
        }
    }

    /// A mean with the sample standard deviation, which divides by `count - 1`.
    private struct Spread {
        let mean: Double
        let deviation: Double?

        init?(_ values: [Double]) {
            if values.isEmpty { return nil }
            let mean = values.reduce(0, +) / Double(values.count)
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            self.mean = mean
            deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil
        }
    }
}

extension ComparisonTable {
    /// The name of the row of a group.
    static func title(ofGroup size: Int, _ names: String) -> String { "mean ± deviation of \(size): \(names)" }

    /// A table of Markdown: the best of each score is bold.
    var markdown: String {
        func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
        var lines = [line(columns.map { Markdown.escaped($0.title) })]
        lines.append(line(columns.map { $0.part == .score || $0.part == .fact ? "---:" : "---" }))
        for row in rows {
            lines.append(line(row.map { $0.isBest ? "**\(Markdown.escaped($0.text))**" : Markdown.escaped($0.text) }))
        }
        for group in groups {
            var cells = group.mean.map { Markdown.escaped($0.text) }
            cells[0] = Markdown.escaped(Self.title(ofGroup: group.size, group.mean[0].text))
            lines.append(line(cells))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Values with all digits; an unknown one is an empty cell.
    var csv: String {
        let all = rows + groups.flatMap { [$0.mean, $0.deviation] }
        return CSV.text(columns: columns.map(\.name), rows: all.map { $0.map(\.value) }) + "\n"
    }

    /// The table for terminals, with a column for each run, since there are more figures than runs: the best of each score
    /// has a star.
    @_spi(Internal) public var text: String {
        let groupTitles = groups.map { Self.title(ofGroup: $0.size, $0.mean[0].text) }
        var table = TextTable(columns: ["run"] + rows.map { $0[0].text } + groupTitles)
        for (index, column) in columns.enumerated().dropFirst() {
            let cells = rows.map { $0[index] }
            // A space in place of the star keeps numbers below each other.
            let hasStar = cells.contains(where: \.isBest)
            let texts = cells.map { hasStar ? $0.text + ($0.isBest ? "*" : " ") : $0.text }
            table.add([column.title] + texts + groups.map { $0.mean[index].text })
        }
        return table.description
    }
}

/// Texts in Markdown.
@_spi(Internal) public enum Markdown {
    /// A text on one line without what Markdown and HTML give a meaning to: names may be anything.
    public static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\", "|", "*", "`", "[", "]", "~", "#": result += "\\\(character)"
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case _ where character.isNewline: result += " "
            default: result.append(character)
            }
        }
        return result
    }
}

extension RunComparison {
    /// What all forms of the table show.
    @_spi(Internal) public var table: ComparisonTable { ComparisonTable(self) }
}

extension ComparisonTable {
    /// A value of a run for JSON: a number where it is one.
    @_spi(Internal) public struct NamedValue: Encodable, Sendable {
        /// The name of the column.
        public let name: String
        /// The value as text; nil where it is unknown.
        public let text: String?
        /// The number; nil for anything else.
        public let value: Double?
        /// Whether it is the best of its column.
        public let isBest: Bool
    }

    /// The values of each run but its name.
    @_spi(Internal) public var namedValues: [[NamedValue]] {
        rows.map { row in
            zip(columns, row).dropFirst().map { column, cell in
                NamedValue(
                    name: column.name, text: cell.value.isEmpty ? nil : cell.text,
                    value: column.part == .difference ? nil : Double(cell.value), isBest: cell.isBest)
            }
        }
    }
}
