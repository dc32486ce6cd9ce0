import Foundation
import NNDatasets
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

/// What a run was trained on: images of the folder, classes, weights, and samples that could not be used.
struct DataSections {
    let facts: RunFacts
    /// The data; nil where it is not looked for, or is not there.
    var experiment: Experiment?
    /// Whether a sheet of predictions in the folder is shown.
    var showsSheet = true

    var sections: [ReportSection] {
        let images = images
        var sections: [ReportSection] = []
        if !images.isEmpty {
            sections.append(ReportSection(anchor: "images", title: "Images", body: HTML(images)))
        }
        let data = classes + weights + skipped
        if !data.isEmpty { sections.append(ReportSection(anchor: "data", title: "Data", body: HTML(data))) }
        return sections
    }

    private var images: [HTML] {
        let run = facts.run
        var pieces: [HTML] = []
        let batch = EmbeddedImage.figure(
            run.file("augmented_batch.png"), description: "Images of the first training batch, with their labels",
            caption: "The first training batch as the network saw it, after augmentation")
        if let batch { pieces += [HTML("h3", text: "Augmented batch"), batch] }
        if showsSheet {
            let sheet = EmbeddedImage.figure(
                run.file("predictions.png"), description: "Validation images with their labels and predictions",
                caption: "Predictions for some validation images, drawn while training")
            if let sheet { pieces += [HTML("h3", text: "Predictions while training"), sheet] }
        }
        return pieces
    }

    /// Counting masks reads all of them.
    private static let maskLimit = 3000

    /// How many samples of each class each split has.
    private var classes: [HTML] {
        guard let experiment, experiment.source.task.labels != .values else { return [] }
        var names: [String] = []
        var counts: [(split: Split, samples: Int, classes: [Int])] = []
        let isDense = experiment.source.task.isDense
        for split in Split.allCases {
            guard let data = try? experiment.dataset(split, keepsSamples: false), data.count > 0,
                !isDense || data.count <= Self.maskLimit,
                let labels = try? LabelTable(of: data, brokenSamples: .skip)
            else { continue }
            names = data.classNames
            var sums = [Int](repeating: 0, count: names.count)
            for sample in 0..<labels.count {
                for entry in labels[sample] where sums.indices.contains(entry.label) {
                    sums[entry.label] += entry.count
                }
            }
            counts.append((split, data.count, sums))
        }
        guard !counts.isEmpty else { return [] }
        let totals = counts.map { Double(max($0.classes.reduce(0, +), 1)) }
        let rows = names.enumerated().map { index, name in
            BarTable.Row(
                name: name,
                cells: counts.map { $0.classes[index].grouped },
                fraction: Double(counts[0].classes[index]) / totals[0])
        }
        let table = BarTable(
            columns: counts.map { $0.split.rawValue }, barName: "part of \(counts[0].split.rawValue)", rows: rows)
        let sizes = counts.map { "\($0.samples.grouped) of \($0.split.rawValue)" }.joined(separator: ", ")
        let unit = isDense ? "pixels" : "images"
        return [HTML("h3", text: "Classes"), .paragraph("Images: \(sizes). The table counts \(unit)."), table.html]
    }

    private var weights: [HTML] {
        let lines = CSVText.rows(of: facts.run.file("class_weights.csv"))
        let rows = lines.compactMap { cells -> BarTable.Row? in
            guard cells.count == 2, let weight = Double(cells[1]) else { return nil }
            return BarTable.Row(name: cells[0], cells: [Figures.number(weight)], fraction: weight)
        }
        guard !rows.isEmpty else { return [] }
        let table = BarTable(columns: ["weight"], barName: "", rows: rows)
        return [HTML("h3", text: "Class weights of the loss"), table.html]
    }

    /// The most skipped samples that are listed.
    private static let skippedLimit = 200

    private var skipped: [HTML] {
        let rows = CSVText.rows(of: facts.run.file("skipped.csv")).filter { $0.count == 5 }
        guard !rows.isEmpty else { return [] }
        let shown = rows.prefix(Self.skippedLimit).map {
            [$0[2].isEmpty ? "sample \($0[1])" : $0[2], $0[0], $0[4], $0[3]]
        }
        let count = rows.count == 1 ? "1 sample" : "\(rows.count.grouped) samples"
        let rest = rows.count > shown.count ? "; the first \(shown.count) are listed" : ""
        return [
            HTML("h3", text: "Skipped samples"), .paragraph("\(count) could not be used\(rest)."),
            .table(columns: ["file", "split", "epoch", "reason"], rows: shown, textColumns: [1, 3]),
        ]
    }
}

/// A table whose rows have a bar.
struct BarTable {
    struct Row {
        var name: String
        var cells: [String]
        /// The length of the bar, relative to the others.
        var fraction: Double
    }

    /// The columns between the name and the bar.
    var columns: [String]
    /// The heading of the bars; empty for lengths that only compare.
    var barName: String
    var rows: [Row]

    /// More rows are closed at first.
    private static let openLimit = 40

    var html: HTML {
        let longest = max(rows.map(\.fraction).filter(\.isFinite).max() ?? 0, .leastNonzeroMagnitude)
        var head = [HTML("th", ["scope": "col"], text: "class")]
        head += columns.map { HTML("th", ["scope": "col", "class": "number"], text: $0) }
        head.append(HTML("th", ["scope": "col"], text: barName.isEmpty ? "relative" : barName))
        let lines = rows.map { row in
            let percent = row.fraction.isFinite ? 100 * max(row.fraction, 0) / longest : 0
            var cells = [HTML("th", ["scope": "row"], text: row.name)]
            cells += row.cells.map { HTML("td", ["class": "number"], text: $0) }
            let width = String(format: "width:%.1f%%", percent)
            cells.append(HTML("td", ["class": "bar"], HTML("span", ["style": width])))
            return HTML("tr", cells)
        }
        let table = HTML.scrolling(HTML("table", HTML("thead", HTML("tr", head)), HTML("tbody", lines)))
        return rows.count > Self.openLimit ? .details("All \(rows.count.grouped) classes", table) : table
    }
}

/// Tables of comma-separated values in the folder of a run.
enum CSVText {
    /// The rows below the header; none if there is no such file. A last line without its end is left out.
    static func rows(of file: URL) -> [[String]] {
        guard let data = try? Data(contentsOf: file) else { return [] }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.dropFirst().dropLast().map(cells)
    }

    /// The cells of a line; quotes stand around those with commas and quotes.
    static func cells(_ line: Substring) -> [String] {
        var cells = [""]
        var isQuoted = false
        var wasQuote = false
        for character in line {
            if character == "\"" {
                // Two within quotes stand for one.
                if !isQuoted, wasQuote { cells[cells.count - 1].append(character) }
                wasQuote = isQuoted
                isQuoted.toggle()
                continue
            }
            wasQuote = false
            if character == ",", !isQuoted { cells.append("") } else { cells[cells.count - 1].append(character) }
        }
        return cells
    }
}
