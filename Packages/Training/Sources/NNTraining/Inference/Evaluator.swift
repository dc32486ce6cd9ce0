import NNDatasets
import NNLayers

/// Measures how well a network predicts the samples of a data set.
///
/// ```swift
/// let result = try Evaluator(network, metrics: [TopKAccuracy()]).evaluate(loader)
/// ```
public struct Evaluator {
    public let network: any Layer
    /// Is measured besides the metrics; nil for none.
    public let loss: (any Loss)?
    public let precision: Precision
    private let metrics: [any Metric]
    private let confusion: ConfusionMatrix?

    /// - Parameters:
    ///   - metrics: They begin anew in each evaluation.
    ///   - confusion: Is counted besides them, and does not stand among the scores; nil for none.
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

    /// Predicts all samples of a loader and measures the predictions. A sample that cannot be used and is skipped
    /// by the loader is left out.
    ///
    /// - Parameter didFinishBatch: Is told how many batches are done; what it throws ends the evaluation.
    /// - Throws: `ImageError` for a sample that cannot be read, or that the network cannot take.
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

/// What an evaluation measured.
public struct EvaluationResult: Sendable, Codable {
    /// The loss, then what the metrics say.
    public var scores: [MetricValue]
    /// The tables of metrics that have more to say, for people.
    public var reports: [String]
    /// Which class was taken for which, where that was measured. It is not part of the coded form.
    public var confusion: ConfusionMatrix?
    public var sampleCount: Int
    public var seconds: Double

    /// The loss; nil where none was measured.
    public var loss: Double? { scores.first { $0.name == "loss" }?.value }
    public var samplesPerSecond: Double { Double(sampleCount) / seconds }

    private enum CodingKeys: CodingKey {
        case scores, reports, sampleCount, seconds
    }
}

/// Finds out by shapes alone whether a network can take images of a size, once for each size.
///
/// The pictures of a data set may differ in size, and one may be too small for the strides of a network. That is
/// an error of the picture then, and not of the program.
struct InputProof {
    private var proven: Set<Size> = []

    /// - Parameters:
    ///   - images: `[N, H, W, C]`
    ///   - name: What the error calls them.
    /// - Throws: `ImageError`
    mutating func check(
        _ network: any Layer, takes images: Tensor, precision: Precision, name: String
    ) throws(ImageError) {
        try check(images, precision: precision, name: name) { _ = network($0, $1) }
    }

    /// As for a network, for any calculation.
    mutating func check(
        _ images: Tensor, precision: Precision, name: String, by calculation: (Tensor, Context) -> Void
    ) throws(ImageError) {
        let size = Size(height: images.shape[1], width: images.shape[2])
        guard !proven.contains(size) else { return }
        let trace = Trace()
        // In inference, since normalization would take note of what it sees in training.
        withoutGradients { calculation(trace.input(images.specification), .inference(precision: precision)) }
        if let failure = trace.failure {
            throw ImageError(
                file: name, reason: "the network cannot take an image of \(size) pixels (\(failure))",
                remedy: "Resize or pad pictures in the transforms of 'data'; windows and scales must not be too small")
        }
        proven.insert(size)
    }
}
