import Foundation
@_spi(Internal) import NNDatasets
@_spi(Internal) import NNInference
import NNLayers

/// The predicted flags or numbers for each sample of a data set: curves and points of all, values of the worst.
struct ValuedSamples {
    /// A sample with its predictions.
    struct Sample {
        /// The index in the data set.
        let index: Int
        /// The predictions, probabilities of flags.
        let values: [Float]
        /// The labels; NaN for unknown ones.
        let labels: [Float]
        /// How bad it is, by which samples are sorted; infinite where predictions are no numbers.
        let rank: Double
    }

    /// A prediction of a number with its label.
    struct Point {
        let index: Int
        let value: Double
        let label: Double
    }

    let task: PredictionTask
    let names: [String]
    /// The number of samples with a known label.
    private(set) var count = 0
    /// The worst samples by the mean loss of all flags; by the error of each number.
    private(set) var worst: [FirstElements<Sample>]
    /// Predictions and labels of each number, of a part of the samples, evenly spread.
    private(set) var points: [[Point]]
    /// Probabilities of all flags together.
    private(set) var curve = ThresholdCurve()
    private let step: Int
    private var seen = 0

    /// The most outputs that are shown one by one, the most points of each, and how many samples are shown.
    static let (largestOutputs, largestPoints, worstCount) = (8, 2000, 24)

    init(task: PredictionTask, names: [String], sampleCount: Int) {
        self.task = task
        self.names = names
        let isFlags = task.labels == .flags
        let outputs = min(names.count, Self.largestOutputs)
        worst = [FirstElements<Sample>](
            repeating: FirstElements(isFlags ? Self.worstCount : Self.worstCount / 2), count: isFlags ? 1 : outputs)
        points = [[Point]](repeating: [], count: isFlags ? 0 : outputs)
        step = max((sampleCount + Self.largestPoints - 1) / Self.largestPoints, 1)
    }

    /// Adds the predictions of a batch, a number for each name.
    mutating func add(_ batch: EvaluatedSamples) {
        let values = task.predictions(of: batch.logits).floats
        let labels = batch.labels.cast(to: .float32).floats
        let width = values.count / max(batch.indices.count, 1)
        for (row, index) in batch.indices.enumerated() {
            let range = row * width..<(row + 1) * width
            let (values, labels) = (Array(values[range]), Array(labels[range]))
            guard labels.contains(where: { !$0.isNaN }) else { continue }
            count += 1
            if task.labels == .flags { addFlags(index, values, labels) } else { addNumbers(index, values, labels) }
            seen += 1
        }
    }

    private mutating func addFlags(_ index: Int, _ values: [Float], _ labels: [Float]) {
        var (sum, known) = (0.0, 0)
        for (value, label) in zip(values, labels) where !label.isNaN {
            // As small as float32 probabilities are, so that none of several is infinite.
            sum -= log(max(Double(label >= 0.5 ? value : 1 - value), 1e-38))
            known += 1
            curve.add(value, isPositive: label >= 0.5)
            if value.isNaN { sum = .infinity }
        }
        let sample = Sample(index: index, values: values, labels: labels, rank: sum / Double(max(known, 1)))
        worst[0].insert(sample, by: Self.isWorse)
    }

    private mutating func addNumbers(_ index: Int, _ values: [Float], _ labels: [Float]) {
        for output in worst.indices where !labels[output].isNaN {
            let error = abs(Double(values[output]) - Double(labels[output]))
            let sample = Sample(
                index: index, values: values, labels: labels, rank: error.isNaN ? .infinity : error)
            worst[output].insert(sample, by: Self.isWorse)
            guard seen % step == 0, values[output].isFinite, labels[output].isFinite else { continue }
            points[output].append(Point(index: index, value: Double(values[output]), label: Double(labels[output])))
        }
    }

    private static func isWorse(_ left: Sample, _ right: Sample) -> Bool {
        (right.rank, left.index) < (left.rank, right.index)
    }
}
