import Foundation
import NNOptimizers

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
