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
    private let metrics: [any Metric]
    private let confusion: ConfusionMatrix?

    /// An evaluator of a network.
    /// - Parameters:
    ///   - network: Computes logits of images `[N, H, W, C]`.
    ///   - loss: The loss to measure besides the metrics; none by default.
    ///   - metrics: The metrics, which are reset before each evaluation.
    ///   - confusion: A confusion matrix to fill besides the metrics, without a score; none by default.
    ///   - precision: The type of activations, float32 by default.
    public init(
        _ network: any Layer, loss: (any Loss)? = nil, metrics: [any Metric], confusion: ConfusionMatrix? = nil,
        precision: Precision = .float32
    ) {
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
        var meter = ScoreMeter(metrics)
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
            confusion: confusion, sampleCount: counts.samples,
            seconds: start.secondsToNow)
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

/// Checks by shapes whether a network accepts images of a size, once for each size.
///
/// The images of a data set may differ in size, and one may be too small for the strides of a network, which is bad
/// input and not a programming mistake.
struct InputProof {
    private var proven: Set<Size> = []

    /// - Parameters:
    ///   - images: `[N, H, W, C]`
    ///   - name: The name of the images in the error.
    /// - Throws: `ImageError` if the network does not accept the size.
    mutating func check(
        _ network: any Layer, takes images: Tensor, precision: Precision, name: String
    ) throws(ImageError) {
        try check(images, precision: precision, name: name) { _ = network($0, $1) }
    }

    /// The same check for any function of images.
    mutating func check(
        _ images: Tensor, precision: Precision, name: String, by function: (Tensor, Context) -> Void
    ) throws(ImageError) {
        let size = Size(height: images.shape[1], width: images.shape[2])
        guard !proven.contains(size) else { return }
        let trace = Trace()
        // In inference mode, since normalization would update its statistics in training mode.
        withoutGradients { function(trace.input(images.specification), .inference(precision: precision)) }
        if let failure = trace.failure {
            throw ImageError(
                file: name, reason: "the network does not accept an image of \(size) pixels (\(failure))",
                remedy: "Resize or pad images in the transforms of 'data'; windows and scales must not be too small")
        }
        proven.insert(size)
    }
}
