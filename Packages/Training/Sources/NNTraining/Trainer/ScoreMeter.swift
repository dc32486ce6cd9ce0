import Foundation
import NNDatasets
import NNLayers
import NNOptimizers

/// The mean loss and the metrics over the batches seen so far.
struct ScoreMeter {
    private(set) var loss = RunningMean()
    private(set) var metrics: [any Metric]

    init(_ metrics: [any Metric]) { self.metrics = metrics }

    /// Takes in a batch.
    /// - Parameter loss: The mean over its samples; nil where no loss is calculated.
    mutating func add(loss value: Double?, logits: Tensor, labels: Tensor) {
        if let value { loss.add(value, count: labels.shape[0]) }
        let predictions = Predictions(logits: logits)
        for index in metrics.indices { metrics[index].update(predictions, labels: labels) }
    }

    mutating func reset() {
        loss.reset()
        for index in metrics.indices { metrics[index].reset() }
    }

    /// The loss, then what the metrics say; nothing before the first batch.
    var values: [MetricValue] {
        let loss = loss.value.map { MetricValue("loss", $0, mode: .min) }
        return [loss].compactMap { $0 } + metrics.flatMap(\.values)
    }
}

extension ScoreMeter {
    /// What was counted, for a checkpoint within an epoch.
    struct Counts: Codable, Sendable, Equatable {
        var loss: RunningMean
        /// One JSON document for each metric, since each has a form of its own.
        var metrics: [String]
    }

    func counts() throws -> Counts {
        // With the keys in order, the same counts give the same checkpoint.
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Counts(
            loss: loss, metrics: try metrics.map { String(decoding: try encoder.encode($0), as: UTF8.self) })
    }

    /// Goes on from what was counted.
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

/// The mean of a number over samples, such as the loss, from means over batches.
public struct RunningMean: Sendable, Hashable, Codable {
    private var sum = 0.0
    /// How many samples there were.
    public private(set) var count = 0

    public init() {}

    /// Takes in the mean of a batch.
    public mutating func add(_ value: Double, count: Int) {
        sum += value * Double(count)
        self.count += count
    }

    public mutating func reset() { self = RunningMean() }

    /// The mean so far; nil before the first sample.
    public var value: Double? { count == 0 ? nil : sum / Double(count) }
}
