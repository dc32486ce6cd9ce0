import NNLayers

/// How well predicted and labelled areas agree, by class, over a whole data set.
///
/// With I the intersection, P the predicted and L the labelled area of a class in pixels:
/// IoU = I / (P + L - I), Acc = I / L, Dice = 2 I / (P + L).
public struct SegmentationAreas: Metric {
    /// The areas of one class in pixels.
    public struct Areas: Hashable, Sendable, Codable {
        public var intersection = 0
        public var prediction = 0
        public var label = 0

        /// Whether the class was predicted or labelled anywhere.
        public var occurs: Bool { prediction + label > 0 }

        /// Intersection over union; nil where the class does not occur.
        public var iou: Double? { ratio(intersection, prediction + label - intersection) }
        /// The part of the labelled area that was recognized; nil where nothing is labelled.
        public var accuracy: Double? { ratio(intersection, label) }
        /// The Dice coefficient; nil where the class does not occur.
        public var dice: Double? { ratio(2 * intersection, prediction + label) }

        private func ratio(_ part: Int, _ whole: Int) -> Double? {
            whole == 0 ? nil : Double(part) / Double(whole)
        }
    }

    public let classNames: [String]
    public let ignoreIndex: Int?
    /// By class.
    public private(set) var areas: [Areas]

    public init(classNames: [String], ignoreIndex: Int? = nil) {
        self.classNames = classNames
        self.ignoreIndex = ignoreIndex
        areas = classNames.map { _ in Areas() }
    }

    public mutating func update(_ predictions: Predictions, labels: Tensor) {
        let count = classNames.count
        areas.withUnsafeMutableBufferPointer { areas in
            forEachPrediction("SegmentationAreas", predictions, labels, count, ignoreIndex) { prediction, label in
                areas[prediction].prediction += 1
                areas[label].label += 1
                if prediction == label { areas[label].intersection += 1 }
            }
        }
    }

    public mutating func reset() { areas = areas.map { _ in Areas() } }

    /// `mIoU`, `mAcc` and `mDice`, the means over the classes that occur, and `aAcc`, the part of all
    /// pixels that was recognized; in percent. A class that is predicted but labelled nowhere has no
    /// accuracy to go into `mAcc`.
    public var values: [MetricValue] {
        let pixels = areas.reduce(0) { $0 + $1.label }
        guard pixels > 0 else { return [] }
        func mean(_ values: [Double?]) -> Double {
            let defined = values.compactMap { $0 }
            return defined.reduce(0, +) / Double(defined.count)
        }
        let correct = areas.reduce(0) { $0 + $1.intersection }
        return [
            .percentage("mIoU", mean(areas.map(\.iou))), .percentage("mAcc", mean(areas.map(\.accuracy))),
            .percentage("mDice", mean(areas.map(\.dice))), .percentage("aAcc", Double(correct) / Double(pixels)),
        ]
    }

    /// IoU, accuracy and Dice of each class, then their means.
    public var report: String? {
        guard !values.isEmpty else { return nil }
        func percent(_ value: Double?) -> String { value.map { MetricValue.format($0 * 100, decimals: 2) } ?? "-" }
        var table = TextTable(columns: ["class", "IoU %", "Acc %", "Dice %"])
        for (name, areas) in zip(classNames, areas) where areas.occurs {
            table.add([name, percent(areas.iou), percent(areas.accuracy), percent(areas.dice)])
        }
        let means = values.map { "\($0.name) \($0.text)" }.joined(separator: "  ")
        return "\(table)\n\(means)"
    }
}
