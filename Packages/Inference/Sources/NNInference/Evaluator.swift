import NNDatasets
import NNLayers

/// Evaluates a network on the samples of a data set.
///
/// ```swift
/// let result = try Evaluator(network, metrics: [TopKAccuracy()]).evaluate(loader)
/// ```
public struct Evaluator {
    /// The network to evaluate.
    public let network: any Layer
    /// The loss to measure besides the metrics; nil for none.
    public let loss: (any Loss)?
    /// The type of activations.
    public let precision: Precision
    /// What the logits mean.
    public let task: PredictionTask
    private let metrics: [any Metric]
    private let confusion: ConfusionMatrix?

    /// An evaluator of a network.
    /// - Parameters:
    ///   - network: Computes logits of images `[N, H, W, C]`.
    ///   - loss: The loss to measure besides the metrics; none by default.
    ///   - metrics: The metrics, which are reset before each evaluation.
    ///   - confusion: A confusion matrix to fill besides the metrics, without a score; none by default.
    ///   - precision: The type of activations, float32 by default.
    ///   - task: What the logits mean; by default the task of the head of a `Network`, or else classification.
    public init(
        _ network: any Layer, loss: (any Loss)? = nil, metrics: [any Metric], confusion: ConfusionMatrix? = nil,
        precision: Precision = .float32, task: PredictionTask? = nil
    ) {
        self.task = task ?? (network as? Network)?.head.task ?? .classification
        self.network = network
        self.loss = loss
        self.metrics = metrics
        self.confusion = confusion
        self.precision = precision
    }

    /// Predicts all samples of a loader and measures the predictions. Samples that the loader skips are left out.
    ///
    /// - Parameters:
    ///   - loader: The samples.
    ///   - didFinishBatch: Called with the number of finished batches; its errors end the evaluation.
    /// - Throws: `ImageError` for a sample that cannot be read, or that the network does not accept.
    public func evaluate(
        _ loader: DataLoader, didFinishBatch: (Int) throws -> Void = { _ in }
    ) throws -> EvaluationResult {
        let start = ContinuousClock.now
        var meter = ScoreMeter(metrics, task: task)
        meter.reset()
        var confusion = confusion
        var counts = (batches: 0, samples: 0)
        let batches = loader.batches(epoch: 0)
        let context = Context.inference(precision: precision)
        var inputs = InputProof()
        while let loaded = try batches.next() {
            if let batch = loaded.withoutStandIns {
                let images = batch.images.cast(to: precision.dataType)
                try inputs.check(network, takes: images, precision: precision, name: "a batch of \(batch.count)")
                withoutGradients {
                    let logits = network(images, context)
                    let value = loss.map { Double($0(logits, labels: batch.labels).item) }
                    meter.add(loss: value, logits: logits, labels: batch.labels)
                    confusion?.update(Predictions(logits: logits), labels: batch.labels)
                }
                counts.samples += batch.count
            }
            counts.batches += 1
            try didFinishBatch(counts.batches)
        }
        return EvaluationResult(
            scores: meter.values, reports: meter.metrics.compactMap(\.report),
            confusion: confusion,
            thresholds: meter.metrics.lazy.compactMap { ($0 as? any ThresholdChoosing)?.bestThresholds }.first,
            sampleCount: counts.samples,
            seconds: (ContinuousClock.now - start) / .seconds(1))
    }
}

/// The result of an evaluation.
public struct EvaluationResult: Sendable, Codable {
    /// The loss, then the values of the metrics.
    public var scores: [MetricValue]
    /// The human-readable tables of metrics that have details.
    public var reports: [String]
    /// The confusion matrix, if one was measured; it is not encoded.
    public var confusion: ConfusionMatrix?
    /// The probability above which each class should be predicted for the largest F1 on these samples; nil unless a metric
    /// of several classes in an image was measured. It is not encoded.
    public var thresholds: [Float]?
    /// The number of samples.
    public var sampleCount: Int
    /// The duration in seconds.
    public var seconds: Double

    /// The loss; nil if none was measured.
    public var loss: Double? { scores.first { $0.name == "loss" }?.value }
    /// The throughput in samples per second.
    public var samplesPerSecond: Double { Double(sampleCount) / seconds }

    private enum CodingKeys: CodingKey {
        case scores, reports, sampleCount, seconds
    }
}
