import NNDatasets
import NNLayers

/// The confusion matrix, whose cells show their images.
struct ConfusionSection {
    private typealias Cell = ConfusionTable.Cell

    private let predictions: ClassifiedSamples
    private let thumbnails: Thumbnails
    private let confusions: [ClassifiedSamples.Confusion]
    /// The images of a cell that are shown, the worst first.
    private var shown: [Cell: FirstElements<ClassifiedSample>] = [:]
    private let classes: [Int]

    /// The most classes in a matrix; of more, those with the most confusions are shown.
    static let largestMatrix = 30
    private static let (chosenClasses, listedPairs) = (20, 30)
    /// The images of a cell, and of all cells: about 3 MB as PNG files of 32 by 32 pixels.
    private static let (largestCell, imageBudget) = (12, 800)

    init(predictions: ClassifiedSamples, thumbnails: Thumbnails) {
        self.predictions = predictions
        self.thumbnails = thumbnails
        confusions = predictions.confusions
        let pairs = confusions.map { ConfusionTable.Pair(label: $0.label, prediction: $0.prediction, count: $0.count) }
        classes = ConfusionTable.classes(
            of: predictions.classNames.count, largest: Self.largestMatrix, chosen: Self.chosenClasses, pairs)
        let isChosen = Set(classes)
        let listed = Set(confusions.prefix(Self.listedPairs).map { Cell(label: $0.label, prediction: $0.prediction) })
        func isShown(_ cell: Cell) -> Bool {
            listed.contains(cell) || isChosen.contains(cell.label) && isChosen.contains(cell.prediction)
        }
        let right = classes.count
        let wrong = confusions.count { isShown(Cell(label: $0.label, prediction: $0.prediction)) }
        let capacity = min(Self.largestCell, max(Self.imageBudget / max(right + wrong, 1), 1))
        for sample in predictions.samples {
            let cell = Cell(label: sample.label, prediction: sample.prediction)
            guard isShown(cell) else { continue }
            shown[cell, default: FirstElements(capacity)].insert(sample) {
                ($1.rank, $0.index) < ($0.rank, $1.index)
            }
        }
    }

    var html: HTML {
        var counts: [Cell: Int] = [:]
        for sample in predictions.samples {
            counts[Cell(label: sample.label, prediction: sample.prediction), default: 0] += 1
        }
        let table = ConfusionTable(
            classNames: predictions.classNames, classes: classes, counts: counts, links: Set(shown.keys))
        let first = confusions.first.map { Cell(label: $0.label, prediction: $0.prediction) }
        let cells = shown.keys.sorted { ($0.label, $0.prediction) < ($1.label, $1.prediction) }
        let panels = cells.map { panel($0, count: counts[$0] ?? 0, isOpen: $0 == first) }
        let hint =
            "Rows are labels, columns predictions; percentages are of the row. Choose a cell to see its images, the "
            + "largest loss first."
        return HTML([
            HTML("p", [:], text: hint + table.note), table.html, HTML("div", ["class": "nnp-panels"], panels), pairs,
        ])
    }

    /// The images of a cell.
    private func panel(_ cell: Cell, count: Int, isOpen: Bool) -> HTML {
        let samples = shown[cell]?.elements ?? []
        let (label, prediction) = (predictions.classNames[cell.label], predictions.classNames[cell.prediction])
        let title =
            cell.label == cell.prediction
            ? "✓ \(label), predicted as such: \(Wording.images(count))"
            : "✗ \(label), predicted as \(prediction): \(Wording.images(count))"
        let cards = samples.map {
            PredictionCard(sample: $0, classNames: predictions.classNames, thumbnails: thumbnails).html
        }
        var pieces = [HTML("h3", [:], text: title), HTML("div", ["class": "nnp-cards"], cards)]
        if count > samples.count {
            pieces.append(HTML("p", ["class": "nnp-more"], text: "and \(count - samples.count) more"))
        }
        return HTML("div", ["class": "nnp-panel\(isOpen ? " nnp-open" : "")", "id": cell.anchor], pieces)
    }

    /// The most frequent confusions, with links to their images.
    private var pairs: HTML {
        guard !confusions.isEmpty else { return HTML("p", [:], text: "There are no confusions.") }
        var totals = [Int](repeating: 0, count: predictions.classNames.count)
        for sample in predictions.samples { totals[sample.label] += 1 }
        let rows = confusions.prefix(Self.listedPairs).map { pair in
            let cell = Cell(label: pair.label, prediction: pair.prediction)
            let part = Double(pair.count) / Double(totals[pair.label])
            return HTML(
                "tr", [:], HTML("td", [:], text: predictions.classNames[pair.label]),
                HTML("td", [:], text: predictions.classNames[pair.prediction]),
                HTML("td", [:], HTML("a", ["href": "#\(cell.anchor)"], text: "\(pair.count)")),
                HTML("td", [:], text: Wording.percent(part)))
        }
        let heads = ["label", "predicted as", "images", "of the label"].map { HTML("th", ["scope": "col"], text: $0) }
        let title =
            confusions.count > Self.listedPairs
            ? "The \(Self.listedPairs) most frequent of \(confusions.count) confusions" : "All confusions"
        return HTML(
            "details", confusions.count > 0 && predictions.classNames.count > Self.largestMatrix ? ["open": ""] : [:],
            HTML("summary", [:], text: title),
            HTML(
                "div", ["class": "nnp-scroll"],
                HTML(
                    "table", ["class": "nnp-pairs"], HTML("thead", [:], HTML("tr", [:], heads)),
                    HTML("tbody", [:], rows))))
    }
}

/// A matrix of labels and predictions, coloured by the percentages of the rows.
struct ConfusionTable {
    /// A label and a prediction.
    struct Cell: Hashable {
        var label: Int
        var prediction: Int

        /// The name in addresses.
        var anchor: String { "cell-\(label)-\(prediction)" }
    }

    /// A confusion.
    struct Pair {
        var label: Int
        var prediction: Int
        var count: Int
    }

    let classNames: [String]
    /// The classes that are shown.
    let classes: [Int]
    /// The number of images or pixels, where there are any.
    let counts: [Cell: Int]
    /// The cells with something to show.
    var links: Set<Cell> = []
    /// Whether cells have percentages alone, as of pixels.
    var showsCounts = true

    /// All classes where they are few, or else those of the most frequent confusions, in the order of their indices.
    static func classes(of count: Int, largest: Int, chosen: Int, _ pairs: [Pair]) -> [Int] {
        guard count > largest else { return Array(0..<count) }
        var classes: Set<Int> = []
        for pair in pairs where classes.count < chosen {
            let more = classes.union([pair.label, pair.prediction])
            // The last one may go with a class that is there already.
            if more.count <= chosen { classes = more }
        }
        return classes.sorted()
    }

    /// What is left out.
    var note: String {
        classes.count == classNames.count
            ? ""
            : " Of the \(classNames.count) classes, the \(classes.count) with the most frequent confusions are shown."
    }

    var html: HTML {
        let isPart = classes.count < classNames.count
        var totals: [Int: Int] = [:]
        for (cell, count) in counts { totals[cell.label, default: 0] += count }
        let corner = HTML("th", ["class": "nnp-corner"], text: "label \\ prediction")
        var heads = classes.map { index in
            HTML("th", ["scope": "col"], HTML("span", [:], text: classNames[index]))
        }
        if isPart { heads.append(HTML("th", ["scope": "col"], HTML("span", [:], text: "others"))) }
        let rows = classes.map { label in
            let total = totals[label] ?? 0
            var cells = [HTML("th", ["scope": "row", "title": classNames[label]], text: classNames[label])]
            var rest = total
            for prediction in classes {
                let cell = Cell(label: label, prediction: prediction)
                rest -= counts[cell] ?? 0
                cells.append(html(cell, of: total))
            }
            if isPart {
                let text = rest == 0 ? "·" : "\(rest)"
                cells.append(HTML("td", ["class": "nnp-rest"], text: text))
            }
            return HTML("tr", [:], cells)
        }
        return HTML(
            "div", ["class": "nnp-scroll nnp-tall", "tabindex": "0"],
            HTML(
                "table", ["class": "nnp-matrix"], HTML("thead", [:], HTML("tr", [:], [corner] + heads)),
                HTML("tbody", [:], rows)))
    }

    private func html(_ cell: Cell, of total: Int) -> HTML {
        guard let count = counts[cell], count > 0, total > 0 else {
            return HTML("td", ["class": "nnp-zero"], text: "·")
        }
        let part = Double(count) / Double(total)
        let percent = part < 0.0005 ? "<0.1 %" : Wording.percent(part, decimals: part < 0.0995 ? 1 : 0)
        // Rare confusions would be invisible by their share.
        let strength = Int((part.squareRoot() * 100).rounded())
        let isRight = cell.label == cell.prediction
        let (label, prediction) = (classNames[cell.label], classNames[cell.prediction])
        let title = "\(label), predicted as \(prediction): \(count), \(percent)"
        let contents =
            showsCounts
            ? [HTML("b", [:], text: "\(count)"), HTML("small", [:], text: percent)] : [HTML("b", [:], text: percent)]
        let inner =
            links.contains(cell)
            ? HTML("a", ["href": "#\(cell.anchor)", "aria-label": title], contents) : HTML("span", [:], contents)
        return HTML(
            "td", ["class": isRight ? "nnp-hit" : "nnp-miss", "style": "--p:\(strength)%", "title": title], inner)
    }
}
