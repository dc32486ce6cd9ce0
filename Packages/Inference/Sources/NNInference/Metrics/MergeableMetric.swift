import NNLayers
import NNOptimizers

/// A metric that can be counted in several parts, each by a process of its own, and added up.
///
/// Training on several machines asks for it, see `ProcessGroup`. What two metrics have counted of two parts of a data set
/// must give, together, the values of one that has seen all of it.
public protocol MergeableMetric: Metric {
    /// Adds what another one has counted, which was made with the same settings.
    mutating func merge(_ other: Self)
}

extension MergeableMetric {
    /// Adds what another one has counted; returns whether it is of this type.
    mutating func merge(any other: any Metric) -> Bool {
        guard let other = other as? Self else { return false }
        merge(other)
        return true
    }
}

extension TopKAccuracy: MergeableMetric {}
extension ErrorRate: MergeableMetric {}
extension ConfusionMatrix: MergeableMetric {}
extension BinaryScores: MergeableMetric {}
extension ClassificationScores: MergeableMetric {}
extension MultiLabelScores: MergeableMetric {}
extension RegressionErrors: MergeableMetric {}
extension SegmentationAreas: MergeableMetric {}

extension ScoreMeter {
    /// The first metric that cannot be counted in several parts; nil where all can.
    @_spi(Internal) public var metricOfOnePart: String? {
        metrics.first { !($0 is any MergeableMetric) }.map { String(describing: type(of: $0)) }
    }

    /// Adds what another meter of the same metrics has counted.
    /// - Throws: `SavedStateError` for the counts of other metrics, `DecodingError` for damaged ones.
    @_spi(Internal) public mutating func merge(_ counts: Counts) throws {
        var other = self
        try other.restore(counts)
        loss.merge(other.loss)
        for index in metrics.indices {
            guard var metric = metrics[index] as? any MergeableMetric, metric.merge(any: other.metrics[index]) else {
                throw SavedStateError("\(type(of: metrics[index])) cannot be added up; conform to MergeableMetric")
            }
            metrics[index] = metric
        }
    }
}
