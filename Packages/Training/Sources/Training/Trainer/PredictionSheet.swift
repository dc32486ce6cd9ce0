import Datasets
import NNLayers

/// Draws what the network says of some validation pictures when training ends: `predictions.png` in the
/// run folder.
public final class PredictionSheet: TrainingCallback {
    private let dataset: any Dataset
    private let transforms: [any Transform]
    private let indices: [Int]

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
        let entries = try trainer.withAveragedWeights {
            try indices.compactMap { index -> ContactSheet.Entry? in
                let sample = try dataset.sample(at: index)
                guard case .label(let label) = sample.target else { return nil }
                let guess = try predictor.predict(sample.image, name: sample.name, count: 1).classes[0]
                let percent = Int((guess.probability * 100).rounded())
                return ContactSheet.Entry(
                    image: sample.image, prediction: "\(guess.name) \(percent) %",
                    correction: guess.index == label ? nil : "is \(predictor.data.className(label))")
            }
        }
        if !entries.isEmpty { try ContactSheet(entries: entries).draw().writePNG(to: run.file("predictions.png")) }
    }
}
