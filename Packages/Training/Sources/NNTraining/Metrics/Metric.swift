import NNLayers

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
