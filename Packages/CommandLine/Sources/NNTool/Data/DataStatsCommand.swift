import ArgumentParser
import NNDatasets
@_spi(Text) import NNLayers
import NNLosses
import NNTraining

struct DataStatsCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Counts classes, and measures images and numbers.",
        discussion: """
            Prints the samples of each class and split, or the range and mean of each number, the sizes of images, the \
            mean and standard deviation of their channels for data.normalize, and class weights for a loss against \
            imbalance; for several labels in an image the pos_weight of binary_cross_entropy. Everything is measured \
            before any transform.
            """)

    @Argument(help: "The configuration file.")
    var config: String

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let config = try options.load(config, registry: tool.registry)
        let output = DataStatisticsOutput(try DataScan(config, tool).statistics())
        if json { try tool.console.print(json: output) } else { tool.console.print(output.text) }
    }
}

/// The result of `nn data stats`.
struct DataStatisticsOutput: Encodable {
    /// The weight of each class by a formula: `class_weights` of a loss.
    struct Weights: Encodable {
        let formula: ClassWeightFormula
        let weights: [Float]
    }

    let splits: [DataStatistics]
    /// From the training samples; empty where an image may have several classes, and for numbers.
    let classWeights: [Weights]
    /// Negatives for each positive of each class, from the training samples: `pos_weight` of `binary_cross_entropy`; nil
    /// unless an image may have several classes. A class without positives has 1.
    let posWeight: [Float]?
    /// Of the training images.
    let normalize: Normalization?

    /// - Parameter splits: The training split first.
    init(_ splits: [DataStatistics]) {
        self.splits = splits
        let isMultiLabel = splits.contains { $0.classes.contains { $0.negatives != nil } }
        posWeight =
            isMultiLabel
            ? splits[0].classes.map { entry in
                let negatives = entry.negatives ?? 0
                return entry.images > 0 && negatives > 0 ? Float(negatives) / Float(entry.images) : 1
            } : nil
        classWeights = splits.prefix(isMultiLabel || splits.contains { $0.values != nil } ? 0 : 1).flatMap { split in
            ClassWeightFormula.allCases.filter { $0 != .auto }
                .map {
                    Weights(
                        formula: $0, weights: $0.weights(ofCounts: split.labelCounts, imageTotals: split.imageTotals))
                }
        }
        normalize = splits.first?.normalization
    }

    var text: String {
        [sizes, splits[0].values == nil ? classes : numbers].map(\.description).joined(separator: "\n\n") + "\n\n"
            + [notes, features.map { "\($0.grouped) features per sample" } ?? normalizeText]
            .filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// The features per sample; nil for a data set of images.
    private var features: Int? { splits.first?.features }

    private var sizes: TextTable {
        if features != nil {
            var table = TextTable(columns: ["split", "samples"])
            for split in splits { table.add([split.split.rawValue, split.samples.grouped]) }
            return table
        }
        var table = TextTable(columns: ["split", "samples", "unusable", "height", "min", "max", "width", "min", "max"])
        for split in splits {
            let lengths = [split.heights, split.widths].flatMap { ["\($0.median)", "\($0.minimum)", "\($0.maximum)"] }
            table.add([split.split.rawValue, split.samples.grouped, split.unusable.grouped] + lengths)
        }
        return table
    }

    /// A row per number and split.
    private var numbers: TextTable {
        var table = TextTable(
            columns: ["value", "split", "known", "unknown", "min", "mean", "max", "deviation"], leftAligned: 2)
        for index in (splits[0].values ?? []).indices {
            for split in splits {
                guard let values = split.values?[index] else { continue }
                let numbers: [Double?] = [
                    values.minimum.map(Double.init), values.mean, values.maximum.map(Double.init),
                    values.standardDeviation,
                ]
                table.add(
                    [
                        values.name, split.split.rawValue, values.known.grouped,
                        (split.samples - split.unusable - values.known).grouped,
                    ] + numbers.map { $0.map { $0.significant(5) } ?? "-" })
            }
        }
        return table
    }

    /// A row per class: its frequency in each split, then its weights.
    private var classes: TextTable {
        let hasPixels = splits.contains { $0.classes.contains { $0.pixels != nil } }
        let hasUnknown = splits.contains { $0.classes.contains { ($0.unknown ?? 0) > 0 } }
        let columns = splits.flatMap { split in
            [split.split.rawValue] + (hasPixels ? ["pixels"] : []) + ["%"] + (hasUnknown ? ["unknown"] : [])
        }
        var table = TextTable(
            columns: ["class"] + columns + (posWeight == nil ? [] : ["pos_weight"])
                + classWeights.map { $0.formula.rawValue })
        for label in splits[0].classes.indices {
            let cells = splits.flatMap { split in
                let entry = split.classes[label]
                // The share of all labels, or of the images of which it is known whether they have the class.
                let total = entry.negatives.map { $0 + entry.images } ?? split.labelCounts.reduce(0, +)
                let share = total > 0 ? Double(split.labelCounts[label]) / Double(total) : 0
                return [entry.images.grouped] + (hasPixels ? [(entry.pixels ?? 0).grouped] : [])
                    + [(share * 100).fixed(2)] + (hasUnknown ? [(entry.unknown ?? 0).grouped] : [])
            }
            table.add(
                [splits[0].classes[label].name] + cells + (posWeight.map { [$0[label].fixed(4)] } ?? [])
                    + classWeights.map { $0.weights[label].fixed(4) })
        }
        return table
    }

    /// What the figures of the tables are of.
    private var notes: String {
        var notes = features == nil ? ["heights and widths are medians"] : []
        if splits[0].values == nil {
            if splits.contains(where: { $0.classes.contains { $0.pixels != nil } }) {
                notes.append("columns named after splits count the images with a class, and % is of its pixels")
            }
            notes.append(
                posWeight == nil
                    ? "the last columns are class_weights for losses, from the training split"
                    : "pos_weight is for binary_cross_entropy, from the training split")
        }
        for split in splits where split.ignoredPixels > 0 {
            notes.append("\(split.ignoredPixels.grouped) pixels of \(split.split.rawValue) are ignored")
        }
        if features == nil, normalize != nil { notes.append("normalize is that of the training images") }
        return notes.joined(separator: "; ")
    }

    private var normalizeText: String {
        guard let normalize else { return "no image could be read" }
        func list(_ values: [Float]) -> String { values.map { $0.fixed(4) }.joined(separator: ", ") }
        return
            "normalize: {mean: [\(list(normalize.mean))], standard_deviation: [\(list(normalize.standardDeviation))]}"
    }
}
