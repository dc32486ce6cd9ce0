import Foundation
@_spi(Internal) import NNDatasets
@_spi(Internal) import NNInference
import NNLayers

/// The predictions for the pixels of each image of a data set: scores of all, masks of the worst.
struct SegmentedSamples {
    /// An image with its masks.
    struct Sample {
        /// The index in the data set.
        let index: Int
        /// The fraction of pixels with a label that are right.
        let accuracy: Double
        /// The mean IoU of the classes that are labels or predictions in this image.
        let meanIoU: Double
        /// The labels of pixels.
        let truth: Image
        /// The predicted classes of pixels.
        let prediction: Image
    }

    /// The image whose regions are being added.
    private struct Current {
        let index: Int
        let size: Size
        var truth: [UInt8]
        var prediction: [UInt8]
    }

    let ignoreIndex: Int?
    /// The number of images with labels that count.
    private(set) var count = 0
    /// The confidences of pixels, of at most ``pixelSamples`` of each image.
    private(set) var reliability = Reliability()
    /// The same by threshold.
    private(set) var thresholds = ThresholdCurve()
    /// The areas of each class in all images.
    private(set) var areas: [SegmentationAreas.Areas]
    private let noAreas: [SegmentationAreas.Areas]
    private var byAccuracy: FirstElements<Sample>
    private var byMeanIoU: FirstElements<Sample>
    private var current: Current?

    private static let pixelSamples = 2000

    /// - Parameter worstCount: How many images are kept by each of both scores.
    init(classNames: [String], ignoreIndex: Int?, worstCount: Int = 8) {
        self.ignoreIndex = ignoreIndex
        noAreas = SegmentationAreas(classNames: classNames).areas
        areas = noAreas
        byAccuracy = FirstElements(worstCount)
        byMeanIoU = FirstElements(worstCount)
    }

    /// The images with the smallest scores of either kind, by mean IoU.
    var worst: [Sample] {
        let known = Set(byMeanIoU.elements.map(\.index))
        let all = byMeanIoU.elements + byAccuracy.elements.filter { !known.contains($0.index) }
        return all.sorted { ($0.meanIoU, $0.index) < ($1.meanIoU, $1.index) }
    }

    /// Adds a region of an image; all regions of one must follow each other.
    mutating func add(_ samples: EvaluatedSamples) {
        guard let size = samples.size, let region = samples.region, let index = samples.indices.first else { return }
        if current?.index != index {
            finish()
            let empty = [UInt8](repeating: 0, count: size.area)
            current = Current(index: index, size: size, truth: empty, prediction: empty)
        }
        guard var image = current else { return }
        // So that its masks are not copied when they are written to.
        current = nil
        let predictions = Predictions(logits: samples.logits)
        let classes = predictions.classes
        addConfidences(of: predictions, labels: samples.labels, of: size)
        classes.withScalars(as: Int32.self) { classes in
            samples.labels.withScalars(as: Int32.self) { labels in
                for row in 0..<region.size.height {
                    let target = (region.top + row) * size.width + region.left
                    let source = row * region.size.width
                    for column in 0..<region.size.width {
                        image.prediction[target + column] = UInt8(truncatingIfNeeded: classes[source + column])
                        image.truth[target + column] = UInt8(truncatingIfNeeded: labels[source + column])
                    }
                }
            }
        }
        current = image
    }

    /// Takes the confidence of some pixels, evenly spread.
    private mutating func addConfidences(of predictions: Predictions, labels: Tensor, of size: Size) {
        // An odd step that is not a divisor of the width visits all columns.
        var step = max(size.area / Self.pixelSamples, 1)
        while step > 1, size.width % step == 0 || step % 2 == 0 { step += 1 }
        let (classCount, isBinary) = (predictions.logits.shape[-1], predictions.isBinary)
        let classes = predictions.classes
        let picked = stride(from: 0, to: labels.elementCount, by: step)
        let logits = predictions.logits
        let rows = logits.reshaped([logits.elementCount / classCount, classCount])
            .gathered(indices: Tensor(picked.map(Int32.init)), axis: 0).cast(to: .float32).floats
        classes.withScalars(as: Int32.self) { classes in
            labels.withScalars(as: Int32.self) { labels in
                for (row, pixel) in picked.enumerated() where Int(labels[pixel]) != ignoreIndex {
                    let values = rows[row * classCount..<(row + 1) * classCount]
                    let sample =
                        isBinary
                        ? ClassifiedSample(
                            index: 0, label: Int(labels[pixel]), prediction: Int(classes[pixel]),
                            logits: [0, values[values.startIndex]])
                        : ClassifiedSample(
                            index: 0, label: Int(labels[pixel]), prediction: Int(classes[pixel]), logits: values)
                    reliability.add(confidence: sample.confidence, isRight: sample.isRight)
                    thresholds.add(sample.confidence, isPositive: sample.isRight)
                }
            }
        }
    }

    /// Scores the image that was added last; to be called at the end.
    mutating func finish() {
        guard let current else { return }
        self.current = nil
        var areas = noAreas
        var (right, counted) = (0, 0)
        for (label, prediction) in zip(current.truth, current.prediction) where Int(label) != ignoreIndex {
            areas[Int(prediction)].prediction += 1
            areas[Int(label)].label += 1
            counted += 1
            if label == prediction {
                areas[Int(label)].intersection += 1
                right += 1
            }
        }
        guard counted > 0 else { return }
        count += 1
        for (index, own) in areas.enumerated() {
            self.areas[index].intersection += own.intersection
            self.areas[index].prediction += own.prediction
            self.areas[index].label += own.label
        }
        let ious = areas.compactMap(\.iou)
        let sample = Sample(
            index: current.index, accuracy: Double(right) / Double(counted),
            meanIoU: ious.reduce(0, +) / Double(ious.count),
            truth: Image(size: current.size, channels: 1, pixels: current.truth),
            prediction: Image(size: current.size, channels: 1, pixels: current.prediction))
        byAccuracy.insert(sample) { ($0.accuracy, $0.index) < ($1.accuracy, $1.index) }
        byMeanIoU.insert(sample) { ($0.meanIoU, $0.index) < ($1.meanIoU, $1.index) }
    }
}

/// Where a predicted mask is wrong, and how.
struct ErrorMap {
    /// What a pixel is, by its index in the map.
    enum Kind: UInt8, CaseIterable {
        /// The label is predicted.
        case right
        /// Another class is predicted.
        case wrong
        /// The label is an object, and the background is predicted.
        case missed
        /// The label does not count.
        case ignored

        /// Colours that the colour-blind can tell apart (Okabe and Ito 2008), also by how light they are.
        var color: Color {
            switch self {
            case .right: Color(0x009E73)
            case .wrong: Color(0xD55E00)
            case .missed: Color(0xF0E442)
            case .ignored: Color.ignored
            }
        }

        /// The entry of the legend.
        var text: String {
            switch self {
            case .right: "right"
            case .wrong: "wrong class"
            case .missed: "missed: background instead of an object"
            case .ignored: "ignored"
            }
        }
    }

    /// The index of the class of everything that is no object; nil where there is none.
    let background: Int?
    let ignoreIndex: Int?

    /// - Parameter classNames: The names of the classes, of which `background` and the like stand for no object.
    init(classNames: [String], ignoreIndex: Int?) {
        let names: Set<String> = ["background", "_background_", "void", "unlabelled", "unlabeled"]
        background = classNames.firstIndex { names.contains($0.lowercased()) }
        self.ignoreIndex = ignoreIndex
    }

    /// The kinds that can occur.
    var kinds: [Kind] {
        Kind.allCases.filter { ($0 != .missed || background != nil) && ($0 != .ignored || ignoreIndex != nil) }
    }

    /// The kind of each pixel, one channel.
    func map(truth: Image, prediction: Image) -> Image {
        let pixels = zip(truth.pixels, prediction.pixels).map { label, prediction -> UInt8 in
            let kind: Kind =
                if Int(label) == ignoreIndex {
                    .ignored
                } else if label == prediction {
                    .right
                } else {
                    Int(prediction) == background ? .missed : .wrong
                }
            return kind.rawValue
        }
        return Image(size: truth.size, channels: 1, pixels: pixels)
    }
}
