import NNLayers

/// How often predictions of each confidence are right, and what a threshold of confidence would keep.
struct CalibrationSection {
    let predictions: ClassifiedSamples

    var html: HTML {
        var reliability = Reliability()
        for sample in predictions.samples { reliability.add(confidence: sample.confidence, isRight: sample.isRight) }
        guard reliability.count > 0 else {
            return HTML("p", [:], text: "No prediction has a probability that is a number.")
        }
        let thresholds = ThresholdCurve(
            predictions.samples.map { (score: $0.confidence, isPositive: $0.isRight) })
        var diagrams = reliability.diagrams(of: "images") + [thresholds.kept]
        if predictions.classNames.count == 2 {
            let binary = predictions.samples.map { sample in
                let isPositive = sample.prediction == 1
                return (score: isPositive ? sample.confidence : 1 - sample.confidence, isPositive: sample.label == 1)
            }
            diagrams += ThresholdCurve(binary).diagrams(of: predictions.classNames[1])
        }
        return HTML([
            HTML("p", [:], text: reliability.summary), HTML("div", ["class": "nnp-diagrams"], diagrams.map(\.html)),
        ])
    }
}

/// The accuracy of predictions by their confidence, the probability of the predicted class (Guo et al. 2017).
struct Reliability {
    private struct Bin {
        var count = 0
        var right = 0
        var confidence = 0.0
    }

    /// As many as `ClassificationScores` has; a confidence of exactly 1 belongs to the last here.
    private static let binCount = 15
    private var bins = [Bin](repeating: Bin(), count: Self.binCount)

    /// The number of predictions whose confidence is a number.
    var count: Int { bins.reduce(0) { $0 + $1.count } }

    /// Adds a prediction; one whose confidence is no number is left out.
    mutating func add(confidence: Float, isRight: Bool) {
        guard confidence >= 0 else { return }
        let index = min(Int(confidence * Float(Self.binCount)), Self.binCount - 1)
        bins[index].count += 1
        bins[index].right += isRight ? 1 : 0
        bins[index].confidence += Double(confidence)
    }

    /// The expected calibration error, from 0 to 1: the mean difference between accuracy and confidence over the bins,
    /// each weighted by its predictions; nil without any.
    var calibrationError: Double? {
        let all = count
        guard all > 0 else { return nil }
        return bins.reduce(0.0) { $0 + abs(Double($1.right) - $1.confidence) } / Double(all)
    }

    /// The error in words.
    var summary: String {
        let (right, all) = (bins.reduce(0) { $0 + $1.right }, Double(max(count, 1)))
        let confidence = bins.reduce(0.0) { $0 + $1.confidence } / all
        let accuracy = Double(right) / all
        let tendency =
            abs(confidence - accuracy) < 0.01
            ? "on the whole neither too sure nor too unsure"
            : confidence > accuracy ? "on the whole too sure" : "on the whole too unsure"
        return "The expected calibration error is \(Wording.percent(calibrationError, decimals: 2)). The network is "
            + "\(tendency): its mean confidence is \(Wording.percent(confidence)), and "
            + "\(Wording.percent(accuracy)) of its predictions are right."
    }

    /// Accuracy by confidence, and how many predictions have which confidence.
    /// - Parameter noun: What is predicted: images or pixels.
    func diagrams(of noun: String) -> [Diagram] {
        let width = 1 / Double(Self.binCount)
        var accuracies: [(from: Double, to: Double, height: Double, text: String)] = []
        var shares: [(from: Double, to: Double, height: Double, text: String)] = []
        var points: [(x: Double, y: Double)] = []
        for (index, bin) in bins.enumerated() where bin.count > 0 {
            let (from, to) = (Double(index) * width, Double(index + 1) * width)
            let accuracy = Double(bin.right) / Double(bin.count)
            let confidence = bin.confidence / Double(bin.count)
            let share = Double(bin.count) / Double(count)
            let text =
                "\(bin.count) \(noun) with a mean confidence of \(Wording.percent(confidence)): "
                + "\(Wording.percent(accuracy)) right"
            accuracies.append((from, to, accuracy, text))
            shares.append((from, to, share, text))
            points.append((confidence, accuracy))
        }
        let identity = Diagram.Layer.line(name: "perfectly calibrated", color: "faint", points: [(0, 0), (1, 1)])
        let curve = Diagram.Layer.line(name: "this network", color: "wrong", points: points)
        var histogram = Diagram(
            "How sure predictions are", x: "confidence", y: "share of the \(noun)",
            layers: [.bars(color: "a", shares)])
        histogram.y = 0...max(shares.map(\.height).max() ?? 1, 0.05)
        return [
            Diagram(
                "Reliability", x: "confidence", y: "accuracy",
                layers: [.bars(color: "a", accuracies), identity, curve]),
            histogram,
        ]
    }
}

/// What each threshold of a score from 0 to 1 makes of positives and negatives.
struct ThresholdCurve {
    private var positives: [Int]
    private var negatives: [Int]
    /// Scores are told apart by a thousandth.
    private static let binCount = 1000

    /// No scores yet.
    init() {
        positives = [Int](repeating: 0, count: Self.binCount + 1)
        negatives = positives
    }

    init(_ scores: [(score: Float, isPositive: Bool)]) {
        self.init()
        for (score, isPositive) in scores { add(score, isPositive: isPositive) }
    }

    /// Adds a score; one that is no number counts as 0.
    mutating func add(_ score: Float, isPositive: Bool) {
        let bin = score > 0 ? Int((min(score, 1) * Float(Self.binCount)).rounded(.down)) : 0
        if isPositive { positives[bin] += 1 } else { negatives[bin] += 1 }
    }

    /// What is at or above a threshold.
    struct Point {
        var threshold: Double
        var truePositives: Int
        var falsePositives: Int
    }

    /// From the largest threshold to 0.
    var points: [Point] {
        var (right, wrong) = (0, 0)
        return (0...Self.binCount).reversed().map { bin in
            right += positives[bin]
            wrong += negatives[bin]
            let threshold = Double(bin) / Double(Self.binCount)
            return Point(threshold: threshold, truePositives: right, falsePositives: wrong)
        }
    }

    /// Where scores are confidences and positives are right: the accuracy of what is kept, and how much that is.
    var kept: Diagram {
        let points = points
        let all = Double((points.last?.truePositives ?? 0) + (points.last?.falsePositives ?? 0))
        let accuracy = points.compactMap { point -> (x: Double, y: Double)? in
            let kept = point.truePositives + point.falsePositives
            return kept == 0 ? nil : (point.threshold, Double(point.truePositives) / Double(kept))
        }
        let share = points.map { (x: $0.threshold, y: Double($0.truePositives + $0.falsePositives) / max(all, 1)) }
        return Diagram(
            "If less sure predictions are refused", x: "least confidence", y: "share",
            layers: [
                .line(name: "accuracy of what is kept", color: "right", points: Self.thinned(accuracy)),
                .line(name: "share that is kept", color: "b", points: Self.thinned(share)),
            ])
    }

    /// Precision, recall and F1 by threshold, the curve of precision and recall, and the ROC curve.
    func diagrams(of name: String) -> [Diagram] {
        let points = points
        let (positiveCount, negativeCount) = (points.last?.truePositives ?? 0, points.last?.falsePositives ?? 0)
        guard positiveCount > 0 else { return [] }
        var (precision, recall, f1): (Curve, Curve, Curve) = ([], [], [])
        var (precisionByRecall, roc): (Curve, Curve) = ([], [(0, 0)])
        for point in points {
            let predicted = point.truePositives + point.falsePositives
            let part = Double(point.truePositives) / Double(positiveCount)
            recall.append((point.threshold, part))
            f1.append((point.threshold, 2 * Double(point.truePositives) / Double(predicted + positiveCount)))
            if negativeCount > 0 { roc.append((Double(point.falsePositives) / Double(negativeCount), part)) }
            guard predicted > 0 else { continue }
            let share = Double(point.truePositives) / Double(predicted)
            precision.append((point.threshold, share))
            precisionByRecall.append((part, share))
        }
        var result = [
            Diagram(
                "Scores of \(name) by threshold", x: "least probability", y: "score",
                layers: [
                    .line(name: "precision", color: "a", points: Self.thinned(precision)),
                    .line(name: "recall", color: "b", points: Self.thinned(recall)),
                    .line(name: "F1", color: "right", points: Self.thinned(f1)),
                ]),
            Diagram(
                "Precision by recall of \(name)", x: "recall", y: "precision",
                layers: [.line(name: nil, color: "a", points: Self.thinned(precisionByRecall))]),
        ]
        if negativeCount > 0 {
            result.append(
                Diagram(
                    "ROC curve of \(name)", x: "false positive rate", y: "true positive rate",
                    layers: [
                        .line(name: nil, color: "faint", points: [(0, 0), (1, 1)]),
                        .line(name: nil, color: "a", points: Self.thinned(roc)),
                    ]))
        }
        return result
    }

    private typealias Curve = [(x: Double, y: Double)]

    /// The points that differ visibly from the one before, and the last.
    private static func thinned(_ points: Curve) -> Curve {
        var result: Curve = []
        for (index, point) in points.enumerated() {
            if let last = result.last, abs(last.x - point.x) + abs(last.y - point.y) < 0.004, index < points.count - 1 {
                continue
            }
            result.append(point)
        }
        return result
    }
}
