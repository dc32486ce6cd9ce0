import Foundation
import NNCore
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

extension RunComparison {
    /// Writes a page of HTML that needs no other file: scores, what differs, and curves over each other.
    /// - Throws: `TensorFileError` where the file cannot be written.
    public func write(to url: URL) throws(TensorFileError) { try page.write(to: url) }

    /// The page of all runs.
    var page: ReportPage {
        var page = ReportPage(title: runs.count > 3 ? "\(runs.count) runs" : runs.map(\.name).joined(separator: ", "))
        page.subtitle = "Training runs side by side, reported by nn report"
        page.notices = notices.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." }
        page.sections = sections
        return page
    }

    /// The parts of a page: scores, what differs in the configurations, and curves over each other.
    var sections: [ReportSection] {
        [
            ReportSection(anchor: "scores", title: "Scores", body: HTML([notes, scoreTable])),
            ReportSection(anchor: "differences", title: "What differs", body: differenceTable),
            ReportSection(anchor: "curves", title: "Curves", body: ComparisonCurves(runs).body),
        ]
    }

    private var notes: HTML {
        HTML(
            "p", ["class": "soft"],
            text: "The best of each score is bold with a star. “best” is after the epoch of the best checkpoint, "
                + "“final” after the last one.")
    }

    private var scoreTable: HTML {
        let table = table
        // Keys have a table of their own, which may be long.
        let shown = table.columns.indices.filter { table.columns[$0].part != .difference }
        func isNumber(_ column: Int) -> Bool { table.columns[column].part != .name }
        func cells(_ row: [ComparisonTable.Cell], name: String? = nil) -> HTML {
            HTML(
                "tr", [:],
                shown.map { column in
                    if !isNumber(column) { return HTML("th", ["scope": "row"], text: name ?? row[column].text) }
                    let text = row[column].text
                    guard row[column].isBest else { return HTML("td", ["class": "number"], text: text) }
                    return HTML("td", ["class": "number"], HTML("b", ["title": "the best"], text: "★ \(text)"))
                })
        }
        let head = HTML(
            "tr", [:],
            shown.map { column in
                let kind = isNumber(column) ? "number" : "name"
                return HTML("th", ["scope": "col", "class": kind], text: table.columns[column].title)
            })
        var rows = table.rows.map { cells($0) }
        rows += table.groups.map { group in
            cells(group.mean, name: ComparisonTable.title(ofGroup: group.size, group.mean[0].text))
        }
        return scrolling(head, rows)
    }

    /// Keys as rows, runs as columns.
    private var differenceTable: HTML {
        guard !differences.isEmpty else {
            return HTML("p", text: "Nothing: the runs have the same configuration.")
        }
        let names = runs.map { HTML("th", ["scope": "col"], text: $0.name) }
        let head = HTML("tr", [:], [HTML("th", ["scope": "col"], text: "key")] + names)
        let rows = differences.map { difference in
            let values = difference.values.map { HTML("td", text: $0 ?? "—") }
            return HTML("tr", [:], [HTML("th", ["scope": "row"], text: difference.key)] + values)
        }
        return scrolling(head, rows)
    }

    private func scrolling(_ head: HTML, _ rows: [HTML]) -> HTML {
        .scrolling(HTML("table", ["class": "runs"], HTML("thead", [:], head), HTML("tbody", [:], rows)))
    }
}
