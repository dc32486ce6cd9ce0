import Foundation
import NNDatasets
import NNInference
@_spi(Internal) import NNPlotting
@_spi(Internal) import NNReporting

/// Writes the rows of a comparison as images, several where there are many rows.
struct ComparisonSheets {
    /// The names of the runs.
    let names: [String]
    let data: DataDescription
    /// Whether predictions are masks, and not cards with text.
    let isDense: Bool
    /// Whether predictions can be right or wrong.
    let hasVerdicts: Bool
    /// The file of a single sheet; of several, a number is added to its name.
    let url: URL
    /// The most rows of a sheet.
    let rowCount: Int
    /// The number of images, of which a few may be broken.
    let imageCount: Int

    /// The width of columns: masks need more room than classes.
    static func columnWidth(isDense: Bool) -> Int { isDense ? 300 : 170 }

    /// Whether there is more than one sheet.
    private var isNumbered: Bool { imageCount > rowCount }

    /// The file of a sheet, from 1.
    func url(of number: Int) -> URL {
        guard isNumbered else { return url }
        let stem = url.deletingPathExtension().lastPathComponent
        return url.deletingLastPathComponent().appending(path: "\(stem)-\(number).png")
    }

    /// The files that can be written.
    var urls: [URL] { (0..<max((imageCount + rowCount - 1) / rowCount, 1)).map { url(of: $0 + 1) } }

    /// The titles of the runs' columns: numbers where a name does not fit, or has characters that the font lacks.
    var titles: [String] {
        var sheet = MaskSheet(titles: [], rows: [], legend: Legend([]))
        sheet.columnWidth = Self.columnWidth(isDense: isDense)
        if names.allSatisfy(sheet.canShow) { return names }
        return names.enumerated().map { index, name in
            let title = "\(index + 1) \(name)"
            return sheet.canShow(title) ? title : "\(index + 1)"
        }
    }

    /// Draws rows to the file of a sheet.
    /// - Throws: `ImageError` if it cannot be written.
    func write(_ rows: [ComparisonRow], number: Int) throws {
        let hasTruth = rows.contains { $0.truth != nil }
        let width = Self.columnWidth(isDense: isDense)
        let blank = CaptionCard(["unknown"]).draw(width: width)
        let images = rows.map { row in
            [row.view] + (hasTruth ? [row.truth ?? blank] : []) + row.images
        }
        var sheet = MaskSheet(
            titles: ["image"] + (hasTruth ? ["truth"] : []) + titles, rows: images, legend: legend(hasTruth: hasTruth))
        sheet.columnWidth = width
        try sheet.draw().writePNG(to: url(of: number))
    }

    private func legend(hasTruth: Bool) -> Legend {
        if isDense { return Segmentation.legend(of: data) }
        guard hasVerdicts, hasTruth else { return Legend([]) }
        return Legend([("right", RowMaker.rightColor), ("wrong", RowMaker.wrongColor)])
    }

    /// What the sheets show in words, as Markdown: which run a column is, what cannot be drawn, and a row for each image.
    func markdown(_ rows: [RowText], sheets: Int) -> String {
        var lines: [String] = []
        if titles != names {
            lines += ["", "Columns:", ""]
            lines += names.enumerated().map { "- \($0 + 1): \(Markdown.escaped($1))" }
        }
        let unknown = data.classNames.enumerated().filter { !CaptionCard.canShow($0.element) }
        if !unknown.isEmpty {
            lines += ["", "Classes:", ""]
            lines += unknown.map { "- \($0.offset): \(Markdown.escaped($0.element))" }
        }
        guard !rows.isEmpty else { return lines.map { $0 + "\n" }.joined() }
        let hasTruth = rows.contains { $0.truth != nil }
        let titles = ["sheet", "image"] + (hasTruth ? ["truth"] : []) + names
        lines += ["", isDense ? "Pixels that are right:" : "Predictions:", ""]
        lines.append("| " + titles.map(Markdown.escaped).joined(separator: " | ") + " |")
        lines.append("|" + titles.map { _ in "---|" }.joined())
        for (index, row) in rows.enumerated() {
            let place = sheets > 1 ? "\(index / rowCount + 1), row \(index % rowCount + 1)" : "row \(index + 1)"
            var cells = [place, row.image] + (hasTruth ? [row.truth ?? "—"] : [])
            cells += row.predictions.map { prediction in
                prediction.text + (prediction.isRight.map { $0 ? " (right)" : " (wrong)" } ?? "")
            }
            lines.append("| " + cells.map(Markdown.escaped).joined(separator: " | ") + " |")
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
