import Foundation
import NNDatasets
import NNLayers
import NNOptimizers

/// A measure of predictions, accumulated over the batches of a data set.
///
/// It accumulates counts instead of means, so that the result does not depend on the batch size.
public protocol Metric: Codable, Sendable {
    /// Adds the predictions of a batch.
    /// - Parameter labels: `[N, ...]` int32 class indices, one for each prediction; or float32 flags or values in the
    ///   shape of the logits, of which NaN is unknown.
    mutating func update(_ predictions: Predictions, labels: Tensor)

    /// Discards everything that was counted.
    mutating func reset()

    /// The results so far; empty before the first sample. A value that is undefined, such as a precision without positive
    /// predictions, is NaN: it is shown as undefined, and never the best.
    ///
    /// Their names are columns of the log: letters, digits, `_`, `-` and `.`.
    var values: [MetricValue] { get }

    /// The scores of each class or output; nil, by default, if there are none.
    var table: ScoreTable? { get }

    /// A human-readable table with details; by default that of ``table``.
    var report: String? { get }

    /// The kinds of labels that the metric takes; class indices by default.
    var labelKinds: Set<LabelKind> { get }
}

extension Metric {
    public var table: ScoreTable? { nil }
    public var report: String? { table?.text }
    public var labelKinds: Set<LabelKind> { [.classes] }
}

extension ComponentKind<MetricEnvironment, any Metric> {
    /// Measures of predictions.
    public static var metric: Self { Self("metric") }
}

/// What a metric knows about the data when it is built.
public struct MetricEnvironment: Sendable {
    /// The names of the classes in the order of their indices, or of the outputs.
    public var classNames: [String]
    /// The label that is not counted; nil to count all.
    public var ignoreIndex: Int?
    /// What the data is labelled for.
    public var task: PredictionTask
    /// The probability above which each class is predicted in multi-label data; nil for 0.5.
    public var thresholds: [Float]?

    /// An environment of classification in which all labels count, by default.
    public init(
        classNames: [String], ignoreIndex: Int? = nil, task: PredictionTask = .classification,
        thresholds: [Float]? = nil
    ) {
        self.classNames = classNames
        self.ignoreIndex = ignoreIndex
        self.task = task
        self.thresholds = thresholds
    }
}

/// A measured value with its name, unit and direction.
///
/// In logs, which combine the values of several splits, it knows its split too: the metric `top1`, measured on
/// the validation samples, is named `validation_top1`.
public struct MetricValue: Hashable, Sendable {
    /// The unit of a value.
    public enum Unit: String, Sendable, Codable {
        /// A plain number.
        case none
        /// A percentage, from 0 to 100.
        case percent
    }

    /// The name of the metric, such as `top1` or `mIoU`, without the split.
    public var metric: String
    /// The samples that were measured; nil where the context tells.
    public var split: Split?
    /// The measured number; NaN where it is undefined.
    public var value: Double
    /// The unit of the number.
    public var unit: Unit
    /// Whether small or large values are better.
    public var mode: MetricMode

    /// A value of a metric, without a unit or a split by default.
    public init(_ metric: String, _ value: Double, unit: Unit = .none, mode: MetricMode, split: Split? = nil) {
        self.metric = metric
        self.split = split
        self.value = value
        self.unit = unit
        self.mode = mode
    }

    /// The name in logs and configurations: `top1`, or `validation_top1` for a value of a split.
    public var name: String { split.map { "\($0.rawValue)_\(metric)" } ?? metric }

    /// The value as one of a split.
    public func on(_ split: Split) -> MetricValue {
        var result = self
        result.split = split
        return result
    }

    /// A fraction as a percentage, nil where it is undefined; more is better.
    static func percentage(_ metric: String, _ fraction: Double?) -> MetricValue {
        MetricValue(metric, fraction.map { $0 * 100 } ?? .nan, unit: .percent, mode: .max)
    }

    /// Whether the value is a number. An undefined one is shown as `—`, an empty cell or null, and is never the best.
    public var isDefined: Bool { !value.isNaN }

    /// The number with two decimals for percentages and four for others, without its unit; `—` where it is undefined.
    public var text: String { Self.format(value, decimals: unit == .percent ? 2 : 4) }

    /// The text with the unit: `83.20 %`.
    public var textWithUnit: String { unit == .percent && isDefined ? "\(text) %" : text }

    /// A number as text; `—` for one that is undefined.
    static func format(_ value: Double?, decimals: Int) -> String {
        guard let value, !value.isNaN else { return "—" }
        return String(format: "%.\(decimals)f", value)
    }

    /// Whether everything is the same; undefined values are.
    public static func == (left: Self, right: Self) -> Bool {
        left.name == right.name && left.unit == right.unit && left.mode == right.mode
            && (left.value == right.value || !left.isDefined && !right.isDefined)
    }

    /// Hashes the name and the value.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(isDefined ? value : nil)
    }
}

extension MetricValue: Codable {
    private enum CodingKeys: CodingKey { case name, value, unit, mode }

    /// Files have the full name, `validation_top1`, from which the split is read.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metric = try container.decode(String.self, forKey: .name)
        value = try container.decodeIfPresent(Double.self, forKey: .value) ?? .nan
        unit = try container.decode(Unit.self, forKey: .unit)
        mode = try container.decode(MetricMode.self, forKey: .mode)
        for split in Split.allCases where metric.hasPrefix("\(split.rawValue)_") {
            self.split = split
            metric.removeFirst(split.rawValue.count + 1)
            break
        }
    }

    /// Writes the full name, the value, null where it is undefined, the unit and the direction.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(isDefined ? value : nil, forKey: .value)
        try container.encode(unit, forKey: .unit)
        try container.encode(mode, forKey: .mode)
    }
}

/// The logits of a batch, with the predictions that several metrics derive from them.
///
/// Of class indices, a single logit for each prediction is the one of class 1 of two, as for a sigmoid.
public final class Predictions {
    /// `[N, ..., classes]`, or `[N, ..., 1]` for two classes.
    public let logits: Tensor
    /// What the logits mean.
    public let task: PredictionTask

    /// The predictions in the units of the labels, such as numbers or the probability of each flag: float32, in the shape
    /// of the logits.
    public private(set) lazy var values: Tensor = task.predictions(of: logits)

    /// The most likely class of each prediction: `[N, ...]` int32. For a single logit, class 1 if it is positive.
    public private(set) lazy var classes: Tensor =
        isBinary
        ? logits.isGreater(than: 0).cast(to: .int32).reshaped(Shape(logits.shape.dimensions.dropLast()))
        : logits.argmax(axis: -1)

    /// The probability of each class: `[N, ..., classes]` float32.
    public var probabilities: Tensor {
        let logits = logits.cast(to: .float32)
        return isBinary
            ? .concatenated([(-logits).sigmoid(), logits.sigmoid()], axis: -1) : logits.softmax()
    }

    /// The predictions of logits `[N, ..., classes]`, for classes that exclude each other by default.
    public init(logits: Tensor, task: PredictionTask = .classification) {
        self.logits = logits
        self.task = task
    }

    /// Whether there is a single logit for each prediction.
    public var isBinary: Bool { logits.shape[-1] == 1 }

    /// The number of classes.
    public var classCount: Int { isBinary ? 2 : logits.shape[-1] }
}
