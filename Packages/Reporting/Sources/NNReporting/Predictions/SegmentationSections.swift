import NNDatasets
@_spi(Internal) import NNInference
@_spi(Text) import NNLayers

/// The parts of a page about a segmentation network.
struct SegmentationSections {
    let samples: SegmentedSamples
    let confusion: ConfusionMatrix
    /// The scores of all images.
    let scores: [MetricValue]
    /// The colours of the classes.
    let colors: [Color]
    let dataset: any Dataset
    let split: Split

    private static let (largestMatrix, chosenClasses, listedPairs) = (30, 20, 15)

    var sections: [ReportSection] {
        guard samples.count > 0 else {
            let text = "No pixel of the \(split.rawValue) samples has a label that counts."
            return [ReportSection(anchor: "predictions", title: "Predictions", body: HTML("p", [:], text: text))]
        }
        return [
            ReportSection(anchor: "classes", title: "Scores of each class", body: classes),
            ReportSection(anchor: "confusion", title: "Confused classes", body: confusions),
            ReportSection(anchor: "worst", title: "Worst images", body: worst),
            ReportSection(anchor: "confidence", title: "Confidence of pixels", body: confidence),
        ]
    }

    private var names: [String] { confusion.classNames }

    /// The areas of each class.
    private var areas: [SegmentationAreas.Areas] { samples.areas }

    private var classes: HTML {
        let areas = areas
        let order = areas.indices.sorted { left, right in
            let (first, second) = (areas[left].iou ?? 2, areas[right].iou ?? 2)
            return (first, left) < (second, right)
        }
        let rows = order.map { index in
            let area = areas[index]
            return ScoreRows.Row(
                name: names[index], count: area.label, scores: [area.iou, area.accuracy, area.dice],
                color: colors.indices.contains(index) ? colors[index].code : nil)
        }
        let values = scores.map { "\($0.name) \($0.textWithUnit)" }.joined(separator: ", ")
        let text =
            "\(Wording.images(samples.count)) at the size of their masks: \(values). The classes with the smallest "
            + "IoU come first; the head of a column sorts by it."
        let table = ScoreRows(
            subject: "class", count: "labelled pixels", columns: ["IoU", "accuracy", "Dice"], rows: rows)
        return HTML([HTML("p", [:], text: text), table.html])
    }

    private var confusions: HTML {
        let classes = 0..<names.count
        var counts: [ConfusionTable.Cell: Int] = [:]
        var pairs: [ConfusionTable.Pair] = []
        for label in classes {
            for prediction in classes {
                let count = confusion.count(label: label, prediction: prediction)
                guard count > 0 else { continue }
                counts[ConfusionTable.Cell(label: label, prediction: prediction)] = count
                if label != prediction { pairs.append(.init(label: label, prediction: prediction, count: count)) }
            }
        }
        pairs.sort { ($1.count, $0.label, $0.prediction) < ($0.count, $1.label, $1.prediction) }
        let shown = ConfusionTable.classes(
            of: names.count, largest: Self.largestMatrix, chosen: Self.chosenClasses, pairs)
        let table = ConfusionTable(
            classNames: names, classes: shown, counts: counts, showsCounts: false)
        let (areas, all) = (areas, counts.values.reduce(0, +))
        let rows = pairs.prefix(Self.listedPairs).map { pair in
            let label = areas[pair.label].label
            return HTML(
                "tr", [:], HTML("td", [:], text: names[pair.label]), HTML("td", [:], text: names[pair.prediction]),
                HTML("td", [:], text: Wording.percent(Double(pair.count) / Double(max(label, 1)))),
                HTML("td", [:], text: Wording.percent(Double(pair.count) / Double(max(all, 1)), decimals: 2)))
        }
        let heads = ["label", "predicted as", "of the label's area", "of all pixels"].map {
            HTML("th", ["scope": "col"], text: $0)
        }
        let hint = "Rows are labels, columns predictions; percentages are of the labelled area of the row."
        return HTML([
            HTML("p", [:], text: hint + table.note), table.html,
            HTML("h3", [:], text: "The most confused classes by area"),
            HTML(
                "div", ["class": "nnp-scroll"],
                HTML(
                    "table", ["class": "nnp-pairs"], HTML("thead", [:], HTML("tr", [:], heads)),
                    HTML("tbody", [:], rows))),
        ])
    }

    private var worst: HTML {
        let map = ErrorMap(classNames: names, ignoreIndex: samples.ignoreIndex)
        let thumbnails = Thumbnails(dataset: dataset, side: 320)
        let palette = colors + [Color](repeating: .ignored, count: max(256 - colors.count, 0))
        let errorColors = ErrorMap.Kind.allCases.map(\.color)
        let rows = samples.worst.map { sample in
            let name = thumbnails.name(at: sample.index)
            let errors = map.map(truth: sample.truth, prediction: sample.prediction)
            let images: [(title: String, image: HTML)] = [
                ("image", thumbnails.image(at: sample.index, description: name)),
                ("truth", thumbnails.mask(sample.truth, palette: palette, description: "labels of \(name)")),
                (
                    "prediction",
                    thumbnails.mask(sample.prediction, palette: palette, description: "prediction for \(name)")
                ),
                ("errors", thumbnails.mask(errors, palette: errorColors, description: "errors in \(name)")),
            ]
            let caption =
                "mIoU \(Wording.percent(sample.meanIoU)), \(Wording.percent(sample.accuracy)) of the pixels are right"
            let figures = images.map { title, image in
                HTML("figure", [:], image, HTML("figcaption", [:], text: title))
            }
            return HTML(
                "div", ["class": "nnp-masks", "title": thumbnails.path(at: sample.index)],
                HTML("p", [:], HTML("b", [:], text: name), HTML(text: " "), HTML("span", [:], text: caption)),
                HTML("div", [:], figures))
        }
        let kinds = map.kinds.map { Self.key($0.text, $0.color) }
        let legend = zip(names, colors).map { Self.key($0, $1) }
        let hint = "The images with the smallest mean IoU, over the classes in the image, or pixel accuracy."
        return HTML(
            [
                HTML("p", [:], text: hint), HTML("p", ["class": "nnp-legend"], [HTML(text: "Errors: ")] + kinds),
                HTML("p", ["class": "nnp-legend"], [HTML(text: "Classes: ")] + legend),
            ] + rows)
    }

    /// An entry of a legend.
    private static func key(_ name: String, _ color: Color) -> HTML {
        HTML(
            "span", ["class": "nnp-entry"], HTML("span", ["class": "nnp-swatch", "style": "background:\(color.code)"]),
            HTML(text: name))
    }

    private var confidence: HTML {
        guard samples.reliability.count > 0 else {
            return HTML("p", [:], text: "No pixel has a probability that is a number.")
        }
        let text =
            "Of \(samples.reliability.count.grouped) pixels, spread over all images. \(samples.reliability.summary)"
        let diagrams = samples.reliability.diagrams(of: "pixels") + [samples.thresholds.kept]
        return HTML([HTML("p", [:], text: text), HTML("div", ["class": "nnp-diagrams"], diagrams.map(\.html))])
    }
}
