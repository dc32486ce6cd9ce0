@_spi(Internal) import NNDatasets
@_spi(Internal) import NNInference
import NNLayers
@_spi(Internal) import NNPlotting

/// Draws the predictions for some validation images after each evaluation and when training ends, to `predictions.png` in
/// the run folder.
final class PredictionSheet: TrainingCallback {
    private let dataset: any Dataset
    private let transforms: [any Transform]
    private let indices: [Int]
    /// The last step whose predictions are drawn.
    private var drawnStep: Int?
    /// Colours that the colour-blind can tell apart (Okabe and Ito 2008).
    private static let rightColor = Color(0x009E73)
    private static let wrongColor = Color(0xD55E00)

    /// A sheet of randomly selected images.
    /// - Parameters:
    ///   - dataset: Images with labels or values.
    ///   - transforms: The transforms of validation.
    ///   - count: The number of images to draw, 24 by default.
    init(_ dataset: any Dataset, transforms: [any Transform], count: Int = 24) {
        self.dataset = dataset
        self.transforms = transforms
        // At random, since data sets are often sorted by class.
        indices = RandomKey(seed: 0).derived("pictures").permutation(dataset.count).prefix(count).sorted()
    }

    func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) throws { try draw(trainer, epoch: epoch.epoch) }

    func didEnd(_ summary: TrainingSummary, of trainer: Trainer) throws {
        let progress = trainer.progress
        if progress.step > 0, progress.step != drawnStep {
            try draw(trainer, epoch: progress.epoch + (progress.stepInEpoch > 0 ? 1 : 0))
        }
    }

    private func draw(_ trainer: Trainer, epoch: Int) throws {
        guard let run = trainer.run else { return }
        drawnStep = trainer.progress.step
        let predictor = Predictor(
            trainer.network, task: trainer.task, data: trainer.description, transforms: transforms,
            precision: trainer.options.precision)
        let entries = trainer.withAveragedWeights {
            indices.compactMap { index -> ContactSheet.Entry? in
                // Unusable samples were skipped in validation too, or training would have failed.
                guard let sample = try? dataset.sample(at: index, for: transforms) else { return nil }
                switch sample.target {
                case .label(let label): return classEntry(sample, label, predictor)
                case .values(let values): return valueEntry(sample, values, predictor)
                case .mask: return nil
                }
            }
        }
        if entries.isEmpty { return }
        var sheet = ContactSheet(entries: entries)
        let judged = entries.compactMap(\.mark)
        let counts = judged.isEmpty ? "" : ": \(judged.count { $0 == .right }) of \(judged.count) right"
        sheet.title = "epoch \(epoch)\(counts)"
        try sheet.draw().writePNG(to: run.file("predictions.png"))
    }

    private func classEntry(_ sample: Sample, _ label: Int, _ predictor: Predictor) -> ContactSheet.Entry? {
        guard let guess = try? predictor.predict(sample, count: 1).classes[0],
            guess.probability.isFinite
        else { return nil }
        let percent = Int((guess.probability * 100).rounded())
        let isRight = guess.index == label
        return ContactSheet.Entry(
            image: sample.image.view(channels: dataset.imageReader.viewChannels),
            captions: ["\(percent) % \(DrawnName.text(guess.name, index: guess.index))"]
                + (isRight ? [] : ["is \(DrawnName.text(predictor.data.className(label), index: label))"]),
            color: isRight ? Self.rightColor : Self.wrongColor, mark: isRight ? .right : .wrong)
    }

    /// Predicted classes in the colour of whether all known ones are right; numbers without one.
    private func valueEntry(
        _ sample: Sample, _ values: TargetValues, _ predictor: Predictor
    ) -> ContactSheet.Entry? {
        guard let outputs = try? predictor.values(of: sample).outputs,
            outputs.allSatisfy(\.value.isFinite)
        else { return nil }
        let isFlags = predictor.task.labels == .flags
        let predicted = outputs.map { $0.isPredicted.map { $0 ? 1 : 0 } ?? $0.value }
        let names = outputs.enumerated().map { DrawnName.text($1.name, index: $0) }
        func text(_ floats: [Float]) -> String {
            Target.values(TargetValues(floats)).text(names: names, kind: predictor.task.labels)
        }
        let isRight = zip(predicted, values.floats).allSatisfy { $1.isNaN || $0 == $1 }
        return ContactSheet.Entry(
            image: sample.image.view(channels: dataset.imageReader.viewChannels),
            captions: [text(predicted)] + (isFlags && isRight ? [] : ["is \(text(values.floats))"]),
            color: isFlags ? (isRight ? Self.rightColor : Self.wrongColor) : nil,
            mark: isFlags ? (isRight ? .right : .wrong) : nil)
    }
}

/// Draws the predicted masks of some validation images after each epoch, beside the images and the true masks, to
/// `predictions.png` in the run folder.
final class SegmentationSheet: TrainingCallback {
    private let dataset: any Dataset
    private let transforms: [any Transform]
    private let indices: [Int]

    /// A sheet of randomly selected images.
    /// - Parameters:
    ///   - dataset: Images with masks.
    ///   - transforms: The transforms of validation.
    ///   - count: The number of images to draw, six by default.
    init(_ dataset: any Dataset, transforms: [any Transform], count: Int = 6) {
        self.dataset = dataset
        self.transforms = transforms
        // At random, since neighbours are often frames of the same video.
        indices = RandomKey(seed: 0).derived("pictures").permutation(dataset.count).prefix(count).sorted()
    }

    func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) throws {
        guard let run = trainer.run else { return }
        let predictor = Predictor(
            trainer.network, task: .segmentation, data: trainer.description, transforms: transforms,
            precision: trainer.options.precision)
        let rows = trainer.withAveragedWeights {
            indices.compactMap { index -> [Image]? in
                // Unusable samples were skipped in validation too, or training would have failed.
                guard let sample = try? dataset.sample(at: index), case .mask(let mask) = sample.target,
                    let prediction = try? predictor.segment(sample.image, name: sample.name)
                else { return nil }
                let view = sample.image.view(channels: dataset.imageReader.viewChannels)
                return [view, mask.colored(prediction.colors), prediction.coloredMask]
            }
        }
        guard !rows.isEmpty else { return }
        try MaskSheet(
            titles: ["image", "ground truth", "prediction, epoch \(epoch.epoch)"], rows: rows,
            legend: Segmentation.legend(of: trainer.description)
        ).draw().writePNG(to: run.file("predictions.png"))
    }
}
