import Foundation
@_spi(Internal) import NNDatasets
@_spi(Internal) import NNInference
import NNLayers
@_spi(Internal) import NNPlotting

/// What runs predict for one image, beside the truth.
struct ComparisonRow {
    /// The image as people see it.
    let view: Image
    /// The true mask in colours, or a card; nil where it is not known.
    let truth: Image?
    /// The masks in colours or cards of the runs.
    let images: [Image]
    /// The row in words.
    let text: RowText
}

/// What runs predict for one image, in words.
struct RowText: Encodable {
    /// What one run predicts.
    struct Prediction: Encodable {
        /// The class with its probability, or the share of pixels that are right.
        let text: String
        /// Whether it is right; nil where that is not known, and for masks and numbers.
        let isRight: Bool?
    }

    /// The path or name of the image.
    let image: String
    /// The truth; nil for a mask, and where it is not known.
    let truth: String?
    /// In the order of the runs.
    let predictions: [Prediction]
}

/// Predicts images by several networks.
struct RowMaker {
    let predictors: [Predictor]
    /// The width of cards in pixels.
    let cardWidth: Int
    /// The class indices that are no class in masks.
    let ignoreIndex: Int?

    /// Colours that the colour-blind can tell apart (Okabe and Ito 2008).
    static let rightColor = Color(0x009E73)
    static let wrongColor = Color(0xD55E00)

    private var task: PredictionTask { predictors[0].task }
    private var data: DataDescription { predictors[0].data }

    /// A row of one image.
    /// - Parameters:
    ///   - name: The path or name of the image.
    ///   - truth: The truth, if it is known.
    ///   - sample: Reads the image as a network takes it; called for each by its index.
    /// - Throws: `ImageError` for an image that cannot be read, or that a network does not accept.
    func row(_ name: String, truth: Target?, sample: (Int) throws -> Sample) throws -> ComparisonRow {
        var view: Image?
        var predictions: [(image: Image, text: RowText.Prediction)] = []
        for (index, predictor) in predictors.enumerated() {
            let sample = try sample(index)
            if view == nil { view = predictor.reader.view(of: sample.image) }
            predictions.append(try prediction(predictor, sample, truth))
        }
        var (truthImage, text): (Image?, String?) = (nil, nil)
        switch truth {
        case .mask(let mask): truthImage = mask.colored(data.classColors ?? Color.classes(data.classNames.count))
        case .label(let label):
            text = label == ignoreIndex ? "no label" : data.className(label)
            truthImage = card([drawable(label)], nil)
        case .values(let values):
            text = Target.values(values).text(names: data.classNames, kind: task.labels)
            let names = data.classNames.indices.map(drawable)
            truthImage = card([Target.values(values).text(names: names, kind: task.labels)], nil)
        case nil: break
        }
        return ComparisonRow(
            view: view ?? Image(size: 1, channels: 3), truth: truthImage, images: predictions.map(\.image),
            text: RowText(image: name, truth: text, predictions: predictions.map(\.text)))
    }

    private func prediction(
        _ predictor: Predictor, _ sample: Sample, _ truth: Target?
    ) throws -> (image: Image, text: RowText.Prediction) {
        if task.isDense {
            let found = try predictor.segment(sample.image, name: sample.name)
            // The colours of the first run, so that all have the same.
            let colors = data.classColors ?? Color.classes(data.classNames.count)
            let share = truth.flatMap { self.share(of: found.mask, $0) }
            let text = share.map { "\(($0 * 100).fixed(1)) %" } ?? "—"
            return (found.mask.colored(colors), RowText.Prediction(text: text, isRight: nil))
        }
        return task.labels == .classes
            ? try classPrediction(predictor, sample, truth) : try valuePrediction(predictor, sample, truth)
    }

    /// The share of the pixels with a label that are right; nil without any, or for a mask of another size.
    private func share(of mask: Image, _ truth: Target) -> Double? {
        guard case .mask(let labels) = truth, labels.size == mask.size else { return nil }
        var (right, count) = (0, 0)
        for (label, found) in zip(labels.pixels, mask.pixels) where Int(label) != ignoreIndex {
            count += 1
            if label == found { right += 1 }
        }
        return count == 0 ? nil : Double(right) / Double(count)
    }

    private func classPrediction(
        _ predictor: Predictor, _ sample: Sample, _ truth: Target?
    ) throws -> (image: Image, text: RowText.Prediction) {
        let found = try predictor.predict(sample, count: 1).classes[0]
        let percent = found.probability.isFinite ? "\((found.probability * 100).fixed(0)) %" : "undefined"
        var isRight: Bool?
        if case .label(let label) = truth, label != ignoreIndex { isRight = label == found.index }
        let verdict = isRight.map { [$0 ? "right" : "wrong"] } ?? []
        return (
            card(["\(drawable(found.index)) \(percent)"] + verdict, isRight),
            RowText.Prediction(text: "\(found.name) \(percent)", isRight: isRight)
        )
    }

    private func valuePrediction(
        _ predictor: Predictor, _ sample: Sample, _ truth: Target?
    ) throws -> (image: Image, text: RowText.Prediction) {
        let outputs = try predictor.values(of: sample).outputs
        let predicted = outputs.map { $0.isPredicted.map { $0 ? 1 : 0 } ?? $0.value }
        var isRight: Bool?
        if task.labels == .flags, case .values(let values) = truth {
            isRight = zip(predicted, values.floats).allSatisfy { $1.isNaN || $0 == $1 }
        }
        let target = Target.values(TargetValues(predicted))
        let names = outputs.map { drawable($0.index) }
        let verdict = isRight.map { [$0 ? "right" : "wrong"] } ?? []
        let text = target.text(names: outputs.map(\.name), kind: task.labels)
        return (
            card([target.text(names: names, kind: task.labels)] + verdict, isRight),
            RowText.Prediction(text: text, isRight: isRight)
        )
    }

    private func card(_ lines: [String], _ isRight: Bool?) -> Image {
        CaptionCard(lines, color: isRight.map { $0 ? Self.rightColor : Self.wrongColor }).draw(width: cardWidth)
    }

    /// The name of a class, after its index where the font of images lacks a character.
    private func drawable(_ index: Int) -> String { DrawnName.text(data.className(index), index: index) }
}
