@_spi(Internal) import NNDatasets
import NNLayers

/// Evaluates a network on the samples of a data set.
///
/// ```swift
/// let result = try Evaluator(network, metrics: [TopKAccuracy()]).evaluate(loader)
/// ```
///
/// The loss is the mean over everything that counts in the whole set, see `Loss.measure`. It and the metrics are the same
/// for batches of any size. A loader made with `evaluates: true` keeps masks as they are: logits are then resized to each
/// mask as a ``Predictor`` does, and the loss and the metrics are those of its pixels.
public struct Evaluator {
    /// The network to evaluate.
    public let network: any Layer
    /// The loss to measure besides the metrics; nil for none.
    public let loss: (any Loss)?
    /// The type of activations.
    public let precision: Precision
    /// What the logits mean.
    public let task: PredictionTask
    /// Tiling and test-time augmentation, as of a ``Predictor``.
    public let options: InferenceOptions
    private let metrics: [any Metric]
    private let details: [any Metric]
    private let confusion: ConfusionMatrix?

    /// An evaluator of a network.
    /// - Parameters:
    ///   - network: Computes logits of images `[N, H, W, C]`.
    ///   - loss: The loss to measure besides the metrics; none by default.
    ///   - metrics: The metrics, which are reset before each evaluation.
    ///   - details: Further metrics, whose values are listed apart; none by default.
    ///   - confusion: A confusion matrix to fill besides the metrics, without a score; none by default.
    ///   - precision: The type of activations, float32 by default.
    ///   - task: What the logits mean; by default the task of the head of a `Network`, or else classification.
    ///   - options: Tiling and test-time augmentation.
    public init(
        _ network: any Layer, loss: (any Loss)? = nil, metrics: [any Metric], details: [any Metric] = [],
        confusion: ConfusionMatrix? = nil, precision: Precision = .float32, task: PredictionTask? = nil,
        options: InferenceOptions = InferenceOptions()
    ) {
        requireOptions("Evaluator") { try options.validate() }
        self.task = task ?? (network as? Network)?.head.task ?? .classification
        self.network = network
        self.loss = loss
        self.metrics = metrics
        self.details = details
        self.confusion = confusion
        self.precision = precision
        self.options = options
    }

    /// Predicts all samples of a loader and measures the predictions. Samples that the loader skips are left out.
    ///
    /// - Parameters:
    ///   - loader: The samples.
    ///   - didFinishBatch: Called with the number of finished steps of the loader; its errors end the evaluation.
    /// - Throws: `ImageError` for a sample that cannot be read, or that the network does not accept.
    public func evaluate(
        _ loader: DataLoader, didFinishBatch: (Int) throws -> Void = { _ in }
    ) throws -> EvaluationResult {
        let (scores, sampleCount, dividedCount, seconds) = try measure(loader, didFinishBatch: didFinishBatch)
        return EvaluationResult(scores, sampleCount: sampleCount, dividedCount: dividedCount, seconds: seconds)
    }

    /// Predicts a part of the samples of a set, to be added up by ``result(of:)``.
    /// - Throws: As ``evaluate(_:didFinishBatch:)``, and `EncodingError` for a metric that cannot be encoded.
    @_spi(Internal) public func part(
        _ loader: DataLoader, didFinishBatch: (Int) throws -> Void = { _ in }
    ) throws -> EvaluationPart {
        let (scores, sampleCount, dividedCount, seconds) = try measure(loader, didFinishBatch: didFinishBatch)
        return EvaluationPart(
            total: scores.total, counts: try scores.counts(), sampleCount: sampleCount, dividedCount: dividedCount,
            seconds: seconds)
    }

    /// The result for all samples, from that of each part, in the order of the parts.
    /// - Throws: `SavedStateError` for metrics that cannot be added up.
    @_spi(Internal) public func result(of parts: [EvaluationPart]) throws -> EvaluationResult {
        var scores = EvaluationScores(
            loss: loss, metrics: metrics, details: details, confusion: confusion, task: task)
        for part in parts { try scores.add(part) }
        return EvaluationResult(
            scores, sampleCount: parts.reduce(0) { $0 + $1.sampleCount },
            dividedCount: parts.reduce(0) { $0 + $1.dividedCount }, seconds: parts.map(\.seconds).max() ?? 0)
    }

    /// Evaluates as ``evaluate(_:didFinishBatch:)``, and hands over each prediction.
    /// - Parameters:
    ///   - loader: The samples.
    ///   - didPredict: Called with the logits and labels of each batch, or of each region of an image with a mask, in the
    ///     order of the loader. All regions of an image follow each other.
    ///   - didFinishBatch: Called with the number of finished steps of the loader; its errors end the evaluation.
    /// - Throws: As ``evaluate(_:didFinishBatch:)``, and the errors of both functions.
    @_spi(Internal) public func evaluate(
        _ loader: DataLoader, didPredict: (EvaluatedSamples) throws -> Void,
        didFinishBatch: (Int) throws -> Void = { _ in }
    ) throws -> EvaluationResult {
        let (scores, sampleCount, dividedCount, seconds) = try measure(
            loader, didPredict: didPredict, didFinishBatch: didFinishBatch)
        return EvaluationResult(scores, sampleCount: sampleCount, dividedCount: dividedCount, seconds: seconds)
    }

    private func measure(
        _ loader: DataLoader, didPredict: (EvaluatedSamples) throws -> Void = { _ in },
        didFinishBatch: (Int) throws -> Void
    ) throws -> (scores: EvaluationScores, sampleCount: Int, dividedCount: Int, seconds: Double) {
        let start = ContinuousClock.now
        var scores = EvaluationScores(
            loss: loss, metrics: metrics, details: details, confusion: confusion, task: task)
        let network = options.augmented(network.prepared())
        var (sampleCount, dividedCount) = (0, 0)
        let batches = loader.batches(epoch: 0)
        var inputs = InputProof()
        while let loaded = try batches.next() {
            if let batch = loaded.withoutStandIns {
                let images = batch.images.cast(to: precision.dataType)
                let size = Size(height: images.shape[1], width: images.shape[2])
                let window = task.isDense ? options.window(for: size) : nil
                let prediction = PixelPrediction(network: network, options: options, precision: precision)
                if batch.originals == nil, window == nil {
                    let logits = try prediction.logits(of: images, "a batch of \(batch.count)", &inputs)
                    scores.add(logits, labels: batch.labels)
                    try didPredict(EvaluatedSamples(indices: batch.indices, logits: logits, labels: batch.labels))
                } else {
                    try add(
                        batch, images, prediction, to: &scores, &inputs, isDivided: window != nil,
                        didPredict: didPredict)
                }
                sampleCount += batch.count
                if window != nil { dividedCount += batch.count }
            }
            try didFinishBatch(batches.stepCount)
        }
        return (scores, sampleCount, dividedCount, (ContinuousClock.now - start) / .seconds(1))
    }

    /// Adds images with masks, each at the size of its mask.
    private func add(
        _ batch: Batch, _ images: Tensor, _ prediction: PixelPrediction, to scores: inout EvaluationScores,
        _ inputs: inout InputProof, isDivided: Bool, didPredict: (EvaluatedSamples) throws -> Void
    ) throws {
        let size = Size(height: images.shape[1], width: images.shape[2])
        let all = isDivided ? nil : try prediction.logits(of: images, "a batch of \(batch.count)", &inputs)
        for index in 0..<batch.count {
            let mask =
                batch.originals?[index]
                ?? OriginalMask(labels: batch.labels[index..<index + 1], region: Region(size: size))
            let image = images[index..<index + 1]
            let input = PixelPrediction.Input(
                size: size, region: mask.region,
                originalSize: Size(height: mask.labels.shape[1], width: mask.labels.shape[2]),
                name: "sample \(batch.indices[index])",
                pixels: { image.slice(axis: 1, range: $0.rows).slice(axis: 2, range: $0.columns) },
                logits: all.map { $0[index..<index + 1] })
            try prediction.forEachRegion(of: input, inputs: &inputs) { logits, region in
                let labels = mask.labels.slice(axis: 1, range: region.rows).slice(axis: 2, range: region.columns)
                scores.add(logits, labels: labels)
                try didPredict(
                    EvaluatedSamples(
                        indices: [batch.indices[index]], logits: logits, labels: labels, size: input.originalSize,
                        region: region))
            }
        }
    }
}

/// What an evaluation has predicted of some samples, or of a region of one.
@_spi(Internal) public struct EvaluatedSamples {
    /// The indices of the samples in their data set, N of them.
    public let indices: [Int]
    /// `[N, ..., classes]`
    public let logits: Tensor
    /// `[N, ...]`, as in a `Batch`.
    public let labels: Tensor
    /// The size of the mask that the labels are from; nil for other labels.
    public var size: Size?
    /// The part of that mask; nil for other labels.
    public var region: NNDatasets.Region?
}

/// What the evaluation of a part of a set has counted, to be sent to other processes. There is no confusion matrix in it.
@_spi(Internal) public struct EvaluationPart: Codable, Sendable {
    fileprivate var total: LossTotal
    fileprivate var counts: ScoreMeter.Counts
    fileprivate var sampleCount: Int
    fileprivate var dividedCount: Int
    fileprivate var seconds: Double
}

/// What an evaluation has counted.
struct EvaluationScores {
    private let loss: (any Loss)?
    private(set) var total = LossTotal()
    private var meter: ScoreMeter
    private let metricCount: Int
    private(set) var confusion: ConfusionMatrix?

    init(
        loss: (any Loss)?, metrics: [any Metric], details: [any Metric], confusion: ConfusionMatrix?,
        task: PredictionTask
    ) {
        self.loss = loss
        self.confusion = confusion
        metricCount = metrics.count
        meter = ScoreMeter(metrics + details, task: task)
        meter.reset()
    }

    /// The metrics, then the details.
    var metrics: [any Metric] { meter.metrics }

    /// Adds logits `[N, ..., classes]` and their labels.
    mutating func add(_ logits: Tensor, labels: Tensor) {
        withoutGradients {
            if let loss { total += loss.measure(logits, labels: labels) }
            meter.add(loss: nil, logits: logits, labels: labels)
            confusion?.update(Predictions(logits: logits), labels: labels)
        }
    }

    /// What the metrics have counted.
    func counts() throws -> ScoreMeter.Counts { try meter.counts() }

    /// Adds what was counted of other samples.
    mutating func add(_ part: EvaluationPart) throws {
        total += part.total
        try meter.merge(part.counts)
    }

    /// The loss, then the values of the metrics.
    var values: [MetricValue] {
        let loss = loss.map { _ in MetricValue("loss", total.value ?? .nan, mode: .min) }
        return [loss].compactMap { $0 } + metrics.prefix(metricCount).flatMap(\.values)
    }

    /// The values of the details that the metrics do not have.
    var details: [MetricValue] {
        var names = Set(values.map(\.name))
        return metrics.dropFirst(metricCount).flatMap(\.values).filter { names.insert($0.name).inserted }
    }
}

/// The result of an evaluation.
public struct EvaluationResult: Sendable, Codable {
    /// The loss, then the values of the metrics.
    public var scores: [MetricValue]
    /// The values of further metrics.
    public var details: [MetricValue]
    /// The human-readable tables of metrics that have details.
    public var reports: [String]
    /// The tables of metrics that have details, as numbers; they are not encoded.
    public var tables: [ScoreTable] = []
    /// The confusion matrix, if one was measured; it is not encoded.
    public var confusion: ConfusionMatrix?
    /// The probability above which each class should be predicted for the largest F1 on these samples; nil unless a metric
    /// of several classes in an image was measured. It is not encoded.
    public var thresholds: [Float]?
    /// The number of samples.
    public var sampleCount: Int
    /// The number of samples whose images were so large that they were predicted in windows.
    public var dividedCount: Int
    /// The duration in seconds.
    public var seconds: Double
    /// The loss; nil if none was measured, or if no label counts. It is not encoded.
    public var loss: Double?

    fileprivate init(_ counts: EvaluationScores, sampleCount: Int, dividedCount: Int, seconds: Double) {
        scores = counts.values
        details = counts.details
        loss = counts.total.value
        let metrics = counts.metrics
        reports = metrics.compactMap(\.report)
        tables = metrics.compactMap(\.table)
        confusion = counts.confusion
        thresholds = metrics.lazy.compactMap { ($0 as? any ThresholdChoosing)?.bestThresholds }.first
        self.sampleCount = sampleCount
        self.dividedCount = dividedCount
        self.seconds = seconds
    }

    /// The throughput in samples per second.
    public var samplesPerSecond: Double { Double(sampleCount) / seconds }

    private enum CodingKeys: CodingKey {
        case scores, details, reports, sampleCount, dividedCount, seconds
    }
}
