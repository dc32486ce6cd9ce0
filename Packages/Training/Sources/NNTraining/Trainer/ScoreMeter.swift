import Foundation
import NNDatasets
import NNLayers
import NNOptimizers

/// Accumulates the mean loss and the metrics over batches.
struct ScoreMeter {
    private(set) var loss = RunningMean()
    private(set) var metrics: [any Metric]

    init(_ metrics: [any Metric]) { self.metrics = metrics }

    /// Adds a batch.
    /// - Parameter loss: The mean loss of its samples; nil if no loss is computed.
    mutating func add(loss value: Double?, logits: Tensor, labels: Tensor) {
        if let value { loss.add(value, count: labels.shape[0]) }
        let predictions = Predictions(logits: logits)
        for index in metrics.indices { metrics[index].update(predictions, labels: labels) }
    }

    mutating func reset() {
        loss.reset()
        for index in metrics.indices { metrics[index].reset() }
    }

    /// The loss, then the values of the metrics; empty before the first batch.
    var values: [MetricValue] {
        let loss = loss.value.map { MetricValue("loss", $0, mode: .min) }
        return [loss].compactMap { $0 } + metrics.flatMap(\.values)
    }
}

extension ScoreMeter {
    /// The saved counts, for a checkpoint within an epoch.
    struct Counts: Codable, Sendable, Equatable {
        var loss: RunningMean
        /// One JSON document for each metric, since metrics are encoded differently.
        var metrics: [String]
    }

    func counts() throws -> Counts {
        // With sorted keys, equal counts give equal checkpoints.
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Counts(
            loss: loss, metrics: try metrics.map { String(decoding: try encoder.encode($0), as: UTF8.self) })
    }

    /// Restores saved counts.
    mutating func restore(_ counts: Counts) throws {
        func decoded<M: Metric>(_ metric: M, _ text: String) throws -> any Metric {
            try JSONDecoder().decode(M.self, from: Data(text.utf8))
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
struct RunningMean: Sendable, Hashable, Codable {
    private var sum = 0.0
    /// The number of samples.
    private(set) var count = 0

    /// Adds the mean of a batch.
    mutating func add(_ value: Double, count: Int) {
        sum += value * Double(count)
        self.count += count
    }

    mutating func reset() { self = RunningMean() }

    /// The mean so far; nil before the first sample.
    var value: Double? { count == 0 ? nil : sum / Double(count) }
}
