import NNInference
import NNLayers
import NNTraining

/// The expected calibration error (Guo et al. 2017): how far confidence and accuracy differ, averaged over predictions
/// that are binned by their confidence.
public struct CalibrationError: MergeableMetric {
    /// The label of what does not count.
    public let ignoreIndex: Int?
    /// The predictions of one bin: how many, how many of them right, and the sum of their confidences.
    private struct Bin: Codable, Sendable {
        var count = 0
        var correct = 0
        /// In units of 2^-32, whole numbers, so that the order of samples changes nothing.
        var confidence = 0
    }
    private var bins: [Bin]

    /// - Parameters:
    ///   - bins: The number of bins.
    ///   - ignoreIndex: The label of what does not count.
    public init(bins: Int = 15, ignoreIndex: Int? = nil) {
        requireOptions("CalibrationError") { try OptionError.check("bins", bins, .size) }
        self.bins = Array(repeating: Bin(), count: bins)
        self.ignoreIndex = ignoreIndex
    }

    public mutating func update(_ predictions: Predictions, labels: Tensor) {
        let classes = predictions.classes
        require(
            classes.shape == labels.shape,
            "CalibrationError: labels \(labels.shape) for logits \(predictions.logits.shape)")
        let confidences = predictions.probabilities.max(axes: [-1]).floats
        let labels = labels.scalars(as: Int32.self)
        for (index, prediction) in classes.scalars(as: Int32.self).enumerated() where Int(labels[index]) != ignoreIndex
        {
            let confidence = min(max(Double(confidences[index]), 0), 1)
            let bin = min(Int(confidence * Double(bins.count)), bins.count - 1)
            bins[bin].count += 1
            bins[bin].correct += prediction == labels[index] ? 1 : 0
            bins[bin].confidence += Int(confidence * 0x1p32)
        }
    }

    public mutating func merge(_ other: CalibrationError) {
        for index in bins.indices {
            bins[index].count += other.bins[index].count
            bins[index].correct += other.bins[index].correct
            bins[index].confidence += other.bins[index].confidence
        }
    }

    public mutating func reset() { self = CalibrationError(bins: bins.count, ignoreIndex: ignoreIndex) }

    /// `ece` in percent; the smaller, the better.
    public var values: [MetricValue] {
        let total = bins.reduce(0) { $0 + $1.count }
        if total == 0 { return [] }
        let error = bins.reduce(0.0) { $0 + abs(Double($1.correct) - Double($1.confidence) / 0x1p32) }
        return [MetricValue("ece", 100 * error / Double(total), unit: .percent, mode: .min)]
    }
}

extension CalibrationError {
    /// Options of ``CalibrationError``.
    public struct Options: BuildableOptions {
        /// The number of bins of confidence.
        public var bins = 15

        /// The defaults.
        public init() {}

        public func validate() throws { try check("bins", bins, .size) }

        public func build(_ environment: MetricEnvironment, in registry: Registry) -> any Metric {
            CalibrationError(bins: bins, ignoreIndex: environment.ignoreIndex)
        }
    }
}
