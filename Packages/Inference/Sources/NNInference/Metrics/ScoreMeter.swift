import Foundation
import NNDatasets
import NNLayers
import NNOptimizers

/// Accumulates the mean loss and the metrics over batches of training.
///
/// ```swift
/// var meter = ScoreMeter([TopKAccuracy()])
/// let batches = loader.batches(epoch: 0)
/// while let batch = try batches.next() {
///     let logits = network(batch.images, .inference())
///     meter.add(loss: nil, logits: logits, labels: batch.labels)
/// }
/// for score in meter.values { print(score.name, score.text) }
/// ```
public struct ScoreMeter: Sendable {
    /// The mean loss.
    public internal(set) var loss = RunningMean()
    /// The metrics with what they have counted.
    public internal(set) var metrics: [any Metric]
    /// What the logits mean.
    public let task: PredictionTask

    /// A meter that has counted nothing, for classification by default.
    public init(_ metrics: [any Metric], task: PredictionTask = .classification) {
        self.metrics = metrics
        self.task = task
    }

    /// Adds a batch.
    /// - Parameters:
    ///   - value: The mean loss of its samples; nil if no loss is computed.
    ///   - logits: `[N, ..., classes]`
    ///   - labels: `[N, ...]` int32 class indices, or float32 flags or values in the shape of the logits.
    public mutating func add(loss value: Double?, logits: Tensor, labels: Tensor) {
        if let value { loss.add(value, count: labels.shape[0]) }
        let predictions = Predictions(logits: logits, task: task)
        for index in metrics.indices { metrics[index].update(predictions, labels: labels) }
    }

    /// Discards everything that was counted.
    public mutating func reset() {
        loss.reset()
        for index in metrics.indices { metrics[index].reset() }
    }

    /// The loss, then the values of the metrics; empty before the first batch.
    public var values: [MetricValue] {
        let loss = loss.value.map { MetricValue("loss", $0, mode: .min) }
        return [loss].compactMap { $0 } + metrics.flatMap(\.values)
    }
}

extension ScoreMeter {
    /// The saved counts, for a checkpoint within an epoch.
    @_spi(Internal) public struct Counts: Codable, Sendable, Equatable {
        /// The mean loss.
        var loss: RunningMean
        /// One JSON document for each metric, since metrics are encoded differently.
        var metrics: [String]
    }

    /// What was counted so far.
    /// - Throws: `EncodingError` for a metric that cannot be encoded.
    @_spi(Internal) public func counts() throws -> Counts {
        // With sorted keys, equal counts give equal checkpoints.
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Sums of predictions that are not finite have no literals in JSON.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return Counts(
            loss: loss, metrics: try metrics.map { String(decoding: try encoder.encode($0), as: UTF8.self) })
    }

    /// Restores saved counts.
    /// - Throws: `SavedStateError` for the counts of other metrics, `DecodingError` for damaged ones.
    @_spi(Internal) public mutating func restore(_ counts: Counts) throws {
        func decoded<M: Metric>(_ metric: M, _ text: String) throws -> any Metric {
            let decoder = JSONDecoder()
            decoder.nonConformingFloatDecodingStrategy = .convertFromString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            return try decoder.decode(M.self, from: Data(text.utf8))
        }
        guard counts.metrics.count == metrics.count else {
            throw SavedStateError("\(counts.metrics.count) metrics were measured, not \(metrics.count)")
        }
        var restored: [any Metric] = []
        for (metric, text) in zip(metrics, counts.metrics) { restored.append(try decoded(metric, text)) }
        metrics = restored
        loss = counts.loss
    }
}

/// Averages a number over samples, such as the loss, from means over batches.
public struct RunningMean: Sendable, Hashable, Codable {
    private var sum = 0.0
    /// The number of samples.
    public private(set) var count = 0

    /// A mean of nothing.
    public init() {}

    /// Adds the mean of a batch.
    /// - Parameters:
    ///   - value: The mean over the batch.
    ///   - count: The number of its samples.
    public mutating func add(_ value: Double, count: Int) {
        sum += value * Double(count)
        self.count += count
    }

    /// Adds what another mean was calculated from.
    public mutating func merge(_ other: RunningMean) {
        sum += other.sum
        count += other.count
    }

    /// Discards everything that was added.
    public mutating func reset() { self = RunningMean() }

    /// The mean so far; nil before the first sample.
    public var value: Double? { count == 0 ? nil : sum / Double(count) }
}
