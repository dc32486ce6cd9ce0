/// Whether a metric is to become small or large.
public enum MetricMode: String, Sendable, Codable, CaseIterable {
    /// The smaller, the better, as of a loss.
    case min
    /// The larger, the better, as of an accuracy.
    case max

    /// Whether a value is better than another by more than a margin; NaN never is.
    public func isBetter(_ value: Double, than other: Double, by margin: Double = 0) -> Bool {
        switch self {
        case .min: value < other - margin
        case .max: value > other + margin
        }
    }

    /// The value that every finite number is better than.
    public var worst: Double { self == .min ? .infinity : -.infinity }
}
