import NNDatasets
import NNInference
@_spi(Text) import NNLayers

/// The parts of a page about a classifier.
struct ClassificationSections {
    /// The predictions.
    let predictions: ClassifiedSamples
    /// Makes the images.
    let thumbnails: Thumbnails
    /// The samples that are shown.
    let split: Split

    /// How many images lists have.
    static let worstCount = 40
    static let uncertainCount = 24

    /// The scores, the confusions with their images, the worst images, and how far probabilities can be trusted.
    var sections: [ReportSection] {
        guard !predictions.samples.isEmpty else {
            let text = "None of the \(split.rawValue) samples has a label that counts."
            return [ReportSection(anchor: "predictions", title: "Predictions", body: HTML("p", text: text))]
        }
        let confusion = ConfusionSection(predictions: predictions, thumbnails: thumbnails)
        let calibration = CalibrationSection(predictions: predictions)
        return [
            ReportSection(anchor: "classes", title: "Scores of each class", body: scores),
            ReportSection(anchor: "confusion", title: "Confusion matrix", body: confusion.html),
            ReportSection(anchor: "worst", title: "Worst predictions", body: worst),
            ReportSection(anchor: "uncertain", title: "Least certain predictions", body: uncertain),
            ReportSection(anchor: "confidence", title: "Confidence", body: calibration.html),
        ]
    }

    private var scores: HTML {
        let counts = predictions.counts
        let right = predictions.samples.count(where: \.isRight)
        let total = predictions.samples.count
        let unusable = predictions.samples.count { $0.loss.isNaN }
        var pieces = [
            HTML(
                "p",
                text: "\(right) of \(Wording.images(total)) are right, "
                    + "\(Wording.percent(Double(right) / Double(total), decimals: 2)). "
                    + "The classes with the smallest F1 come first; the head of a column sorts by it.")
        ]
        if unusable > 0 {
            let text =
                "The network's outputs for \(Wording.images(unusable)) are not numbers; they count as wrong or as "
                + "the class that is chosen by chance, and have no confidence."
            pieces.append(HTML("p", ["class": "nnp-notice"], text: text))
        }
        let order = counts.indices.sorted { left, right in
            // Classes that do not occur at all come last; of equal scores those of more images are worse.
            let (first, second) = (counts[left], counts[right])
            return (first.f1 ?? 2, second.support, left) < (second.f1 ?? 2, first.support, right)
        }
        let rows = order.map { index in
            let counts = counts[index]
            return ScoreRows.Row(
                name: predictions.classNames[index], count: counts.support,
                scores: [counts.precision, counts.recall, counts.f1])
        }
        let table = ScoreRows(
            subject: "class", count: "images", columns: ["precision", "recall", "F1"], rows: rows)
        return HTML(pieces + [table.html])
    }

    private var worst: HTML {
        let note =
            split == .train
            ? "These training images have the largest loss. Where the network is sure and the label says otherwise, "
                + "the image often does not belong to its class: look here for wrong labels."
            : "These images have the largest loss: the network gives their label the least probability. Where it is "
                + "sure and seems to be right, the label may be wrong; the same page of the training samples finds "
                + "wrong labels there."
        let cards = predictions.worst(Self.worstCount).map {
            card($0, caption: "loss \(Wording.number(Double($0.loss)))")
        }
        return HTML([HTML("p", text: note), HTML("div", ["class": "nnp-cards"], cards)])
    }

    private var uncertain: HTML {
        let note = "The network hardly decides between the two most likely classes of these images."
        let cards = predictions.leastCertain(Self.uncertainCount).map { sample in
            card(sample, caption: "ahead by \(Wording.percent(Double(sample.margin), decimals: 2))")
        }
        return HTML([HTML("p", text: note), HTML("div", ["class": "nnp-cards"], cards)])
    }

    private func card(_ sample: ClassifiedSample, caption: String) -> HTML {
        PredictionCard(
            sample: sample, classNames: predictions.classNames, caption: caption, thumbnails: thumbnails
        ).html
    }
}

/// An image with its prediction in a frame, which a mark and a colour call right or wrong.
struct PredictionCard {
    let sample: ClassifiedSample
    let classNames: [String]
    var caption: String?
    let thumbnails: Thumbnails

    var html: HTML {
        let (label, prediction) = (classNames[sample.label], classNames[sample.prediction])
        let confidence = Wording.percent(Double(sample.confidence), decimals: 0)
        let mark = sample.isRight ? "✓" : "✗"
        let description =
            "\(thumbnails.name(at: sample.index)): predicted \(prediction)"
            + (sample.isRight ? ", which is right" : ", is \(label)")
        var lines = [HTML("b", text: "\(mark) \(prediction) \(confidence)")]
        if !sample.isRight {
            let probability = Wording.percent(Double(sample.labelProbability), decimals: 0)
            lines.append(HTML("span", text: "is \(label) \(probability)"))
        }
        if let caption { lines.append(HTML("span", text: caption)) }
        lines.append(HTML("small", text: thumbnails.name(at: sample.index)))
        return HTML(
            "figure",
            [
                "class": "nnp-card nnp-is-\(sample.isRight ? "right" : "wrong")",
                "title": "\(thumbnails.path(at: sample.index)) (sample \(sample.index))",
            ],
            [thumbnails.image(at: sample.index, description: description), HTML("figcaption", [:], lines)])
    }
}

/// A table of scores from 0 to 1 with bars, which the heads of columns sort.
struct ScoreRows {
    struct Row {
        var name: String
        /// The number of images or of labels.
        var count: Int?
        /// From 0 to 1; nil where they are undefined.
        var scores: [Double?]
        /// A colour before the name.
        var color: String?
    }

    /// What rows are.
    var subject: String
    /// What is counted; nil for no such column.
    var count: String?
    var columns: [String]
    var rows: [Row]

    var html: HTML {
        let titles = [subject] + [count].compactMap { $0 } + columns
        let head = titles.map { title in
            HTML("th", ["scope": "col"], HTML("button", ["type": "button", "class": "nnp-sort"], text: title))
        }
        let body = rows.map { row in
            var name: [HTML] = []
            if let color = row.color {
                name.append(HTML("span", ["class": "nnp-swatch", "style": "background:\(color)"]))
            }
            var cells = [HTML("th", ["scope": "row"], name + [HTML(text: row.name)])]
            if count != nil {
                cells.append(HTML("td", ["data-value": "\(row.count ?? 0)"], text: (row.count ?? 0).grouped))
            }
            cells += row.scores.map(Self.cell)
            return HTML("tr", [:], cells)
        }
        return HTML(
            "div", ["class": "nnp-scroll", "tabindex": "0"],
            HTML(
                "table", ["class": "nnp-scores"], HTML("thead", [:], HTML("tr", [:], head)), HTML("tbody", [:], body)))
    }

    private static func cell(_ score: Double?) -> HTML {
        guard let score, score.isFinite else { return HTML("td", ["data-value": "-1"], text: "—") }
        let percent = Wording.percent(score)
        let value = "\((score * 1e6).rounded() / 1e6)"
        let bar = HTML("i", ["style": "width:\(Int((min(max(score, 0), 1) * 100).rounded()))%"])
        return HTML("td", ["data-value": value, "class": "nnp-bar"], HTML(text: percent), HTML("span", [:], bar))
    }
}
