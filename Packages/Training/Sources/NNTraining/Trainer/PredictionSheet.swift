import NNDatasets
import NNLayers
import NNPlotting

/// Draws what the network says of some validation pictures when training ends: `predictions.png` in the
/// run folder.
public final class PredictionSheet: TrainingCallback {
    private let dataset: any Dataset
    private let transforms: [any Transform]
    private let indices: [Int]
    /// Colours that stay apart for the colour-blind (Okabe and Ito 2008).
    private static let rightColor = Color(0x009E73)
    private static let wrongColor = Color(0xD55E00)

    /// - Parameters:
    ///   - dataset: Pictures with the classes that they show.
    ///   - transforms: What is done to them before the network sees them.
    ///   - count: How many pictures are drawn.
    public init(_ dataset: any Dataset, transforms: [any Transform], count: Int = 24) {
        self.dataset = dataset
        self.transforms = transforms
        // Drawn at random, since data sets are often in the order of their classes.
        indices = RandomKey(seed: 0).derived("pictures").permutation(dataset.count).prefix(count).sorted()
    }

    public func didEnd(_ summary: TrainingSummary, of trainer: Trainer) throws {
        guard let run = trainer.run else { return }
        let predictor = Predictor(
            trainer.network, data: trainer.description, transforms: transforms, precision: trainer.options.precision)
        let entries = trainer.withAveragedWeights {
            indices.compactMap { index -> ContactSheet.Entry? in
                // What cannot be used was skipped in validation too, or training would have ended.
                guard let sample = try? dataset.sample(at: index), case .label(let label) = sample.target,
                    let guess = try? predictor.predict(sample.image, name: sample.name, count: 1).classes[0],
                    guess.probability.isFinite
                else { return nil }
                let percent = Int((guess.probability * 100).rounded())
                let isRight = guess.index == label
                return ContactSheet.Entry(
                    image: sample.image,
                    captions: ["\(guess.name) \(percent) %"]
                        + (isRight ? [] : ["is \(predictor.data.className(label))"]),
                    color: isRight ? Self.rightColor : Self.wrongColor)
            }
        }
        if !entries.isEmpty { try ContactSheet(entries: entries).draw().writePNG(to: run.file("predictions.png")) }
    }
}

/// Draws what the network says of some validation pictures after each epoch: `predictions.png` in the run
/// folder, with the picture, the true mask and the predicted one side by side.
public final class SegmentationSheet: TrainingCallback {
    private let dataset: any Dataset
    private let transforms: [any Transform]
    private let indices: [Int]

    /// - Parameters:
    ///   - dataset: Pictures with their masks.
    ///   - transforms: What is done to them before the network sees them.
    ///   - count: How many pictures are drawn.
    public init(_ dataset: any Dataset, transforms: [any Transform], count: Int = 6) {
        self.dataset = dataset
        self.transforms = transforms
        // Drawn at random, since neighbours are often frames of the same film.
        indices = RandomKey(seed: 0).derived("pictures").permutation(dataset.count).prefix(count).sorted()
    }

    public func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) throws {
        guard let run = trainer.run else { return }
        let predictor = Predictor(
            trainer.network, task: .segmentation, data: trainer.description, transforms: transforms,
            precision: trainer.options.precision)
        let rows = trainer.withAveragedWeights {
            indices.compactMap { index -> [Image]? in
                // What cannot be used was skipped in validation too, or training would have ended.
                guard let sample = try? dataset.sample(at: index), case .mask(let mask) = sample.target,
                    let prediction = try? predictor.segment(sample.image, name: sample.name)
                else { return nil }
                return [sample.image, mask.colored(prediction.colors), prediction.picture]
            }
        }
        guard !rows.isEmpty else { return }
        try MaskSheet(
            titles: ["picture", "truth", "prediction, epoch \(epoch.epoch)"], rows: rows,
            legend: Segmentation.legend(of: trainer.description)
        ).draw().writePNG(to: run.file("predictions.png"))
    }
}
