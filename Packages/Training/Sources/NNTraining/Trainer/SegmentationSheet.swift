import NNDatasets
import NNLayers

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
