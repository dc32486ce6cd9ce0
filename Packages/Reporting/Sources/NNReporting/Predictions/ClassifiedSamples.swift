import Foundation
@_spi(Internal) import NNDatasets
@_spi(Internal) import NNInference
import NNLayers

/// The prediction of a classifier for a sample with a label, in a few numbers.
public struct ClassifiedSample: Sendable, Hashable {
    private let sample: Int32
    private let labelIndex: Int32
    private let predictionIndex: Int32
    /// The probability of the predicted class, from 0 to 1; NaN where logits are no numbers.
    public let confidence: Float
    /// The probability of the label, from 0 to 1.
    public let labelProbability: Float
    /// The cross entropy: minus the natural logarithm of the label's probability; NaN where logits are no numbers.
    public let loss: Float
    /// The difference between the two largest probabilities, from 0 to 1.
    public let margin: Float
    /// The entropy of all probabilities in nats; 0 where one class is certain.
    public let entropy: Float

    /// The index of the sample in its data set.
    public var index: Int { Int(sample) }
    /// The class index that the sample is labelled with.
    public var label: Int { Int(labelIndex) }
    /// The class index that is predicted.
    public var prediction: Int { Int(predictionIndex) }
    /// Whether the label is predicted.
    public var isRight: Bool { labelIndex == predictionIndex }

    /// The prediction of logits, one for each class.
    init(index: Int, label: Int, prediction: Int, logits: some RandomAccessCollection<Float>) {
        (sample, labelIndex, predictionIndex) = (Int32(index), Int32(label), Int32(prediction))
        // In Double and from the largest on, so that nothing overflows and small probabilities have a logarithm.
        var (top, second) = (-Double.infinity, -Double.infinity)
        for logit in logits {
            let logit = Double(logit)
            if logit > top || logit.isNaN { (top, second) = (logit, top) } else if logit > second { second = logit }
        }
        var (sum, weighted) = (0.0, 0.0)
        for logit in logits {
            let share = exp(Double(logit) - top)
            sum += share
            if share > 0 { weighted += share * (Double(logit) - top) }
        }
        func logit(_ index: Int) -> Double { Double(logits[logits.index(logits.startIndex, offsetBy: index)]) }
        let logLabel = logit(label) - top - log(sum)
        confidence = Float(exp(logit(prediction) - top) / sum)
        labelProbability = Float(exp(logLabel))
        loss = Float(-logLabel)
        margin = Float((1 - exp(second - top)) / sum)
        entropy = Float(log(sum) - weighted / sum)
    }

    /// The loss, by which not-a-number is the worst.
    var rank: Float { loss.isNaN ? .infinity : loss }
}

/// The predictions of a classifier for each sample of a data set: which are wrong, and how certain they are.
///
/// ```swift
/// let predictions = try ClassifiedSamples(Evaluator(network, metrics: []), on: loader)
/// for sample in predictions.worst(10) { print(sample.index, sample.loss) }
/// ```
///
/// 32 bytes are kept for each sample. Samples whose label is the ignored one are left out.
public struct ClassifiedSamples: Sendable {
    /// The names of the classes in the order of their indices.
    public let classNames: [String]
    /// The predictions in the order of the loader.
    public private(set) var samples: [ClassifiedSample] = []

    /// No samples yet.
    init(classNames: [String]) { self.classNames = classNames }

    /// Predicts the samples of a loader, batch by batch as an evaluation.
    /// - Parameters:
    ///   - evaluator: The network; its metrics are filled as well. Traps unless it predicts one class for each image.
    ///   - loader: The samples.
    ///   - didFinishBatch: Called with the number of finished steps of the loader; its errors end it.
    /// - Throws: `ImageError` for a sample that cannot be read, or that the network does not accept.
    public init(
        _ evaluator: Evaluator, on loader: DataLoader, didFinishBatch: (Int) throws -> Void = { _ in }
    ) throws {
        require(
            evaluator.task.labels == .classes && !evaluator.task.isDense,
            "ClassifiedSamples: the task is \(evaluator.task.rawValue), not one class for each image")
        var result = ClassifiedSamples(classNames: loader.dataset.classNames)
        result.samples.reserveCapacity(loader.dataset.count)
        let ignored = loader.dataset.ignoreIndex
        _ = try evaluator.evaluate(
            loader, didPredict: { result.add($0, ignoring: ignored) }, didFinishBatch: didFinishBatch)
        self = result
    }

    /// Adds the predictions of a batch.
    mutating func add(_ batch: EvaluatedSamples, ignoring ignoreIndex: Int?) {
        let predictions = Predictions(logits: batch.logits)
        let (classes, labels) = (predictions.classes.scalars, batch.labels.scalars)
        let count = batch.logits.shape[-1]
        batch.logits.cast(to: .float32).withScalars(as: Float.self) { logits in
            for (row, index) in batch.indices.enumerated() where labels[row] != ignoreIndex {
                let (label, prediction) = (labels[row], classes[row])
                samples.append(
                    predictions.isBinary
                        ? ClassifiedSample(
                            index: index, label: label, prediction: prediction, logits: [0, logits[row]])
                        : ClassifiedSample(
                            index: index, label: label, prediction: prediction,
                            logits: logits[row * count..<(row + 1) * count]))
            }
        }
    }

    /// The samples with the largest loss, the worst first. Among them are those whose label is wrong.
    public func worst(_ count: Int) -> [ClassifiedSample] {
        first(count) { ($1.rank, $0.index) < ($0.rank, $1.index) }
    }

    /// The samples between whose two most likely classes the network hardly decides, the least certain first.
    public func leastCertain(_ count: Int) -> [ClassifiedSample] {
        first(count, where: { !$0.margin.isNaN }) { ($0.margin, $0.index) < ($1.margin, $1.index) }
    }

    /// A label with another class that is predicted for it.
    public struct Confusion: Sendable, Hashable {
        /// The class index of the label.
        public let label: Int
        /// The class index that is predicted.
        public let prediction: Int
        /// The number of samples.
        public let count: Int
    }

    /// The confusions that occur, the most frequent first.
    public var confusions: [Confusion] {
        let classCount = classNames.count
        var counts: [Int: Int] = [:]
        for sample in samples where !sample.isRight {
            counts[sample.label * classCount + sample.prediction, default: 0] += 1
        }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { key, count in
            Confusion(label: key / classCount, prediction: key % classCount, count: count)
        }
    }

    /// The right and wrong predictions of each class.
    public var counts: [ClassCounts] {
        var counts = ClassificationScores(classNames: classNames).counts
        for sample in samples {
            if sample.isRight {
                counts[sample.label].truePositives += 1
            } else {
                counts[sample.prediction].falsePositives += 1
                counts[sample.label].falseNegatives += 1
            }
        }
        return counts
    }

    /// The first samples by an order, found without sorting all.
    private func first(
        _ count: Int, where isMeant: (ClassifiedSample) -> Bool = { _ in true },
        by isBefore: (ClassifiedSample, ClassifiedSample) -> Bool
    ) -> [ClassifiedSample] {
        var list = FirstElements<ClassifiedSample>(count)
        for sample in samples where isMeant(sample) { list.insert(sample, by: isBefore) }
        return list.elements
    }
}

/// The first elements by an order, few of many.
struct FirstElements<Element> {
    private(set) var elements: [Element] = []
    private let capacity: Int

    init(_ capacity: Int) { self.capacity = capacity }

    /// Whether an element would be among them.
    func takes(_ element: Element, by isBefore: (Element, Element) -> Bool) -> Bool {
        elements.count < capacity || elements.last.map { isBefore(element, $0) } ?? false
    }

    mutating func insert(_ element: Element, by isBefore: (Element, Element) -> Bool) {
        guard takes(element, by: isBefore) else { return }
        var (low, high) = (0, elements.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(element, elements[middle]) { high = middle } else { low = middle + 1 }
        }
        elements.insert(element, at: low)
        if elements.count > capacity { elements.removeLast() }
    }
}

extension Tensor {
    /// The values of an int32 tensor.
    fileprivate var scalars: [Int] { withScalars(as: Int32.self) { $0.map(Int.init) } }
}
