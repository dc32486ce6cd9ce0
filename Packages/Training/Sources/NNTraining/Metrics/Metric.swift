import Foundation
import NNLayers
import NNOptimizers

/// A measure of predictions, summed up over the batches of a data set.
///
/// It holds counts and not means, so that any division into batches gives the same.
public protocol Metric: Codable, Sendable {
    /// Takes in the predictions of a batch.
    /// - Parameter labels: `[N, ...]` int32 class indices, one for each prediction.
    mutating func update(_ predictions: Predictions, labels: Tensor)

    /// Forgets all that was counted.
    mutating func reset()

    /// The results so far; none before the first sample.
    var values: [MetricValue] { get }

    /// A table with more than the values, for people; nil if there is no more.
    var report: String? { get }
}

extension Metric {
    public var report: String? { nil }
}

extension ComponentKind<MetricEnvironment, any Metric> {
    /// Measures of predictions.
    public static var metric: Self { Self("metric") }
}

/// What a metric must know of the data.
public struct MetricEnvironment: Sendable {
    public var classNames: [String]
    /// The label of what does not count; nil where everything does.
    public var ignoreIndex: Int?

    public init(classNames: [String], ignoreIndex: Int? = nil) {
        self.classNames = classNames
        self.ignoreIndex = ignoreIndex
    }
}

/// A measured number with its name.
public struct MetricValue: Hashable, Sendable, Codable {
    /// The unit of a number.
    public enum Unit: String, Sendable, Codable {
        case none, percent
    }

    /// The name in logs, such as `top1` or `mIoU`.
    public var name: String
    public var value: Double
    public var unit: Unit
    /// Which values are better.
    public var mode: MetricMode

    public init(_ name: String, _ value: Double, unit: Unit = .none, mode: MetricMode) {
        self.name = name
        self.value = value
        self.unit = unit
        self.mode = mode
    }

    /// A part of a whole, in percent.
    static func percentage(_ name: String, _ part: Double) -> MetricValue {
        MetricValue(name, part * 100, unit: .percent, mode: .max)
    }

    /// Percentages with two decimals, other numbers with four.
    public var text: String { Self.format(value, decimals: unit == .percent ? 2 : 4) }

    static func format(_ value: Double, decimals: Int) -> String { String(format: "%.\(decimals)f", value) }
}

/// The logits of a batch, and what several metrics need of them.
///
/// Logits of one for each prediction stand for class 1 of two, by its sigmoid.
public final class Predictions {
    /// `[N, ..., classes]`, or `[N, ..., 1]` for two classes.
    public let logits: Tensor

    /// The likeliest class of each prediction: `[N, ...]` int32. Of one logit, class 1 where it is positive.
    public private(set) lazy var classes: Tensor =
        isBinary
        ? logits.isGreater(than: 0).cast(to: .int32).reshaped(Shape(logits.shape.dimensions.dropLast()))
        : logits.argmax(axis: -1)

    /// The probability of each class, float32: `[N, ..., classes]`.
    public var probabilities: Tensor {
        let logits = logits.cast(to: .float32)
        return isBinary
            ? .concatenated([(-logits).sigmoid(), logits.sigmoid()], axis: -1) : logits.softmax()
    }

    public init(logits: Tensor) { self.logits = logits }

    /// Whether there is one logit for each prediction.
    public var isBinary: Bool { logits.shape[-1] == 1 }

    /// The number of classes.
    public var classCount: Int { isBinary ? 2 : logits.shape[-1] }
}
