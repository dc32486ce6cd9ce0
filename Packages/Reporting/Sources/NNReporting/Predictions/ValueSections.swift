import Foundation
import NNDatasets
@_spi(Internal) import NNInference
@_spi(Text) import NNLayers

/// The parts of a page about a network that predicts several classes for an image.
struct MultiLabelSections {
    let samples: ValuedSamples
    let scores: MultiLabelScores
    let thumbnails: Thumbnails
    let split: Split

    var sections: [ReportSection] {
        guard samples.count > 0 else { return [ValueSections.nothing(split)] }
        return [
            ReportSection(anchor: "classes", title: "Scores of each class", body: table),
            ReportSection(anchor: "worst", title: "Worst predictions", body: worst),
            ReportSection(anchor: "thresholds", title: "Thresholds", body: thresholds),
        ]
    }

    private var table: HTML {
        let precisions = scores.averagePrecisions
        let order = precisions.indices.sorted { ((precisions[$0] ?? 2), $0) < ((precisions[$1] ?? 2), $1) }
        let rows = order.map { index in
            let counts = scores.counts[index]
            let isKnown = counts.support > 0
            return ScoreRows.Row(
                name: scores.classNames[index], count: counts.support,
                scores: [
                    precisions[index], isKnown ? counts.f1 : nil, isKnown ? counts.precision : nil,
                    isKnown ? counts.recall : nil, Double(scores.thresholds?[index] ?? 0.5),
                ])
        }
        let values = scores.values.map { "\($0.name) \($0.textWithUnit)" }.joined(separator: ", ")
        let text =
            "\(Wording.images(samples.count)): \(values). The classes with the smallest average precision come "
            + "first; the head of a column sorts by it."
        let rowsTable = ScoreRows(
            subject: "class", count: "positives",
            columns: ["average precision", "F1", "precision", "recall", "threshold"], rows: rows)
        return HTML([HTML("p", [:], text: text), rowsTable.html])
    }

    private var worst: HTML {
        let note =
            "The images with the largest mean loss of their classes. Missed classes and those that are predicted "
            + "wrongly are named; a missing label is a frequent reason."
        let cards = samples.worst[0].elements.map(card)
        return HTML([HTML("p", [:], text: note), HTML("div", ["class": "nnp-cards nnp-wide"], cards)])
    }

    private func card(_ sample: ValuedSamples.Sample) -> HTML {
        var (right, missed, extra): ([String], [String], [String]) = ([], [], [])
        for index in sample.values.indices where !sample.labels[index].isNaN {
            let isPredicted = sample.values[index] > (scores.thresholds?[index] ?? 0.5)
            let text =
                "\(scores.classNames[index]) \(Wording.percent(Double(sample.values[index]), decimals: 0))"
            switch (sample.labels[index] >= 0.5, isPredicted) {
            case (true, true): right.append(text)
            case (true, false): missed.append(text)
            case (false, true): extra.append(text)
            case (false, false): break
            }
        }
        let isRight = missed.isEmpty && extra.isEmpty && sample.rank.isFinite
        func line(_ name: String, _ texts: [String]) -> [HTML] {
            let more = texts.count > 4 ? ", and \(texts.count - 4) more" : ""
            return texts.isEmpty ? [] : [HTML("span", [:], text: name + texts.prefix(4).joined(separator: ", ") + more)]
        }
        let name = thumbnails.name(at: sample.index)
        let lines =
            [HTML("b", [:], text: "\(isRight ? "✓" : "✗") loss \(Wording.number(sample.rank))")]
            + line("✗ missed: ", missed) + line("✗ not there: ", extra) + line("✓ ", right)
            + [HTML("small", [:], text: name)]
        return HTML(
            "figure",
            [
                "class": "nnp-card nnp-is-\(isRight ? "right" : "wrong")",
                "title": "\(thumbnails.path(at: sample.index)) (sample \(sample.index))",
            ],
            [thumbnails.image(at: sample.index, description: name), HTML("figcaption", [:], lines)])
    }

    private var thresholds: HTML {
        let text = "Of all classes together, each label of an image counting once."
        let diagrams = samples.curve.diagrams(of: "all classes").map(\.html)
        return HTML([HTML("p", [:], text: text), HTML("div", ["class": "nnp-diagrams"], diagrams)])
    }
}

/// The parts of a page about a network that predicts numbers.
struct ValueSections {
    let samples: ValuedSamples
    let table: ScoreTable?
    let thumbnails: Thumbnails
    let split: Split

    static func nothing(_ split: Split) -> ReportSection {
        let text = "None of the \(split.rawValue) samples has a label that is known."
        return ReportSection(anchor: "predictions", title: "Predictions", body: HTML("p", [:], text: text))
    }

    var sections: [ReportSection] {
        guard samples.count > 0 else { return [Self.nothing(split)] }
        return [
            ReportSection(anchor: "outputs", title: "Errors of each output", body: errors),
            ReportSection(anchor: "values", title: "Predictions by label", body: diagrams),
            ReportSection(anchor: "worst", title: "Worst predictions", body: worst),
        ]
    }

    private var errors: HTML {
        guard let table else { return HTML("p", [:], text: "Of \(Wording.images(samples.count)).") }
        let titles = [table.subject] + table.columns.map(\.title)
        let heads = titles.map { HTML("th", ["scope": "col"], text: $0) }
        let rows = table.rows.map { row in
            let cells = zip(row.values, table.columns).map { value, column in
                HTML("td", [:], text: column.decimals == 0 ? Int(value ?? 0).grouped : Wording.number(value))
            }
            return HTML("tr", [:], [HTML("th", ["scope": "row"], text: row.name)] + cells)
        }
        return HTML(
            "div", ["class": "nnp-scroll"],
            HTML(
                "table", ["class": "nnp-scores"], HTML("thead", [:], HTML("tr", [:], heads)),
                HTML("tbody", [:], rows)))
    }

    private var omitted: String {
        samples.names.count > samples.worst.count ? " The first \(samples.worst.count) outputs are shown." : ""
    }

    private var diagrams: HTML {
        let note = "Points on the line are right. At most \(ValuedSamples.largestPoints) images are drawn." + omitted
        let diagrams = samples.points.enumerated().flatMap { output, points in
            points.isEmpty ? [] : [scatter(output, points), residuals(output, points)]
        }
        return HTML([HTML("p", [:], text: note), HTML("div", ["class": "nnp-diagrams"], diagrams.map(\.html))])
    }

    private func scatter(_ output: Int, _ points: [ValuedSamples.Point]) -> Diagram {
        let all = points.map(\.label) + points.map(\.value)
        let range = Self.range(of: all)
        var diagram = Diagram(samples.names[output], x: "label", y: "prediction")
        (diagram.x, diagram.y, diagram.isPercent) = (range, range, false)
        let ends = [(x: range.lowerBound, y: range.lowerBound), (x: range.upperBound, y: range.upperBound)]
        let dots = points.map { point in
            let text =
                "\(thumbnails.name(at: point.index)): \(Wording.number(point.value)), is \(Wording.number(point.label))"
            return (x: point.label, y: point.value, text: text)
        }
        diagram.layers = [.line(name: nil, color: "faint", points: ends), .points(color: "a", dots)]
        return diagram
    }

    private func residuals(_ output: Int, _ points: [ValuedSamples.Point]) -> Diagram {
        let residuals = points.map { $0.value - $0.label }
        let (range, binCount) = (Self.range(of: residuals), 24)
        let width = (range.upperBound - range.lowerBound) / Double(binCount)
        var counts = [Int](repeating: 0, count: binCount)
        for residual in residuals { counts[min(max(Int((residual - range.lowerBound) / width), 0), binCount - 1)] += 1 }
        let bars = counts.enumerated().filter { $0.element > 0 }.map { index, count in
            let from = range.lowerBound + Double(index) * width
            let text =
                "\(Wording.images(count)) from \(Wording.number(from)) to \(Wording.number(from + width))"
            return (from: from, to: from + width, height: Double(count), text: text)
        }
        var diagram = Diagram(
            "\(samples.names[output]): residuals", x: "prediction − label", y: "images",
            layers: [.bars(color: "a", bars)])
        (diagram.x, diagram.y, diagram.isPercent) = (range, 0...Double(max(counts.max() ?? 1, 1)), false)
        return diagram
    }

    /// The range of numbers with a margin, never empty.
    private static func range(of values: [Double]) -> ClosedRange<Double> {
        guard let low = values.min(), let high = values.max() else { return 0...1 }
        let margin = high > low ? (high - low) * 0.04 : max(abs(low) * 0.1, 0.5)
        return (low - margin)...(high + margin)
    }

    private var worst: HTML {
        var pieces: [HTML] = [HTML("p", [:], text: "The images with the largest errors of each output." + omitted)]
        for (output, list) in samples.worst.enumerated() {
            pieces.append(HTML("h3", [:], text: samples.names[output]))
            let cards = list.elements.map { card($0, output) }
            pieces.append(HTML("div", ["class": "nnp-cards"], cards))
        }
        return HTML(pieces)
    }

    private func card(_ sample: ValuedSamples.Sample, _ output: Int) -> HTML {
        let (value, label) = (Double(sample.values[output]), Double(sample.labels[output]))
        let name = thumbnails.name(at: sample.index)
        let sign = value > label ? "+" : ""
        let lines = [
            HTML("b", [:], text: "\(Wording.number(value)) (\(sign)\(Wording.number(value - label)))"),
            HTML("span", [:], text: "is \(Wording.number(label))"), HTML("small", [:], text: name),
        ]
        return HTML(
            "figure",
            ["class": "nnp-card", "title": "\(thumbnails.path(at: sample.index)) (sample \(sample.index))"],
            [thumbnails.image(at: sample.index, description: name), HTML("figcaption", [:], lines)])
    }
}
