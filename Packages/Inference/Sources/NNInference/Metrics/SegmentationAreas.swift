import NNLayers

/// IoU, accuracy and Dice coefficient of each class over the pixels of a whole data set.
///
/// With the intersection I, the predicted area P and the labelled area L of a class in pixels:
/// IoU = I / (P + L - I), Acc = I / L, Dice = 2 I / (P + L), as MMSegmentation's `IoUMetric`.
public struct SegmentationAreas: Metric {
    /// The areas of a class in pixels.
    public struct Areas: Hashable, Sendable, Codable {
        /// The pixels that are both predicted and labelled.
        public var intersection = 0
        /// The predicted pixels.
        public var prediction = 0
        /// The labelled pixels.
        public var label = 0

        /// Whether any pixel is predicted or labelled as the class.
        public var occurs: Bool { prediction + label > 0 }

        /// Intersection over union, from 0 to 1; nil if the class does not occur.
        public var iou: Double? { ratio(intersection, prediction + label - intersection) }
        /// The fraction of labelled pixels that are predicted, from 0 to 1; nil if no pixel is labelled.
        public var accuracy: Double? { ratio(intersection, label) }
        /// The Dice coefficient, from 0 to 1; nil if the class does not occur.
        public var dice: Double? { ratio(2 * intersection, prediction + label) }

        private func ratio(_ part: Int, _ whole: Int) -> Double? {
            whole == 0 ? nil : Double(part) / Double(whole)
        }
    }

    /// The names of the classes in the order of their indices.
    public let classNames: [String]
    /// The label that is not counted; nil to count all.
    public let ignoreIndex: Int?
    /// The areas of each class.
    public private(set) var areas: [Areas]

    /// The areas of all labels by default.
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

    public mutating func merge(_ other: SegmentationAreas) {
        for index in areas.indices {
            areas[index].intersection += other.areas[index].intersection
            areas[index].prediction += other.areas[index].prediction
            areas[index].label += other.areas[index].label
        }
    }

    /// `mIoU`, `mAcc` and `mDice`, the means over the classes that occur, and `aAcc`, the pixel accuracy, in
    /// percent. A class that is predicted but not labelled anywhere does not contribute to `mAcc`.
    public var values: [MetricValue] {
        let pixels = areas.reduce(0) { $0 + $1.label }
        guard pixels > 0 else { return [] }
        func mean(_ values: [Double?]) -> Double? {
            let defined = values.compactMap { $0 }
            return defined.isEmpty ? nil : defined.reduce(0, +) / Double(defined.count)
        }
        let correct = areas.reduce(0) { $0 + $1.intersection }
        return [
            .percentage("mIoU", mean(areas.map(\.iou))), .percentage("mAcc", mean(areas.map(\.accuracy))),
            .percentage("mDice", mean(areas.map(\.dice))), .percentage("aAcc", Double(correct) / Double(pixels)),
        ]
    }

    /// IoU, accuracy and Dice coefficient of each class; undefined for one that does not occur, and accuracy for one that
    /// is no label.
    public var table: ScoreTable? {
        guard !values.isEmpty else { return nil }
        var table = ScoreTable(
            "segmentation",
            columns: [
                .percent("iou", title: "IoU"), .percent("accuracy", title: "Acc"), .percent("dice", title: "Dice"),
            ])
        for (name, areas) in zip(classNames, areas) {
            table.add(name, [areas.iou, areas.accuracy, areas.dice].map { $0.map { $0 * 100 } })
        }
        return table
    }

    /// The table, then the means.
    public var report: String? {
        table.map { "\($0.text)\n\(values.map { "\($0.name) \($0.text)" }.joined(separator: "  "))" }
    }
}
