/// Whether a measured value is to become small, as a loss, or large, as an accuracy.
public enum MetricMode: String, Sendable, Codable, CaseIterable {
    case min, max

    /// Whether a value is better than another by more than a margin. NaN is never better.
    public func isBetter(_ value: Double, than other: Double, by margin: Double = 0) -> Bool {
        switch self {
        case .min: value < other - margin
        case .max: value > other + margin
        }
    }

    /// What every number is better than.
    public var worst: Double { self == .min ? .infinity : -.infinity }
}
