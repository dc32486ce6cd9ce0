import Datasets
import Foundation
import NNLayers

/// Predicts what pictures show with a network that was trained.
///
/// ```swift
/// let predictor = try Predictor(run: RunDirectory(existing: url), registry: registry)
/// let prediction = try predictor.predict(Image(contentsOf: picture))
/// print(prediction.classes[0].name, prediction.classes[0].probability)
/// ```
public final class Predictor {
    public let network: any Layer
    /// What the network was trained on.
    public let data: DataDescription
    public let precision: Precision
    private let transforms: [any Transform]

    /// - Parameter transforms: What was done to pictures in validation.
    public init(
        _ network: any Layer, data: DataDescription, transforms: [any Transform] = [],
        precision: Precision = .float32
    ) {
        self.network = network
        self.data = data
        self.transforms = transforms
        self.precision = precision
    }

    /// Restores the network of a run as it was at its best.
    ///
    /// - Throws: ``CheckpointError``, or `ConfigError` if the configuration in the folder cannot be used.
    public convenience init(run: RunDirectory, registry: Registry) throws {
        let config = try run.config()
        let checkpoint = try Checkpoint(contentsOf: run.url(of: .best))
        let data = checkpoint.information.data
        let network = try ModelBuilder(registry).network(config.model, classCount: data.classNames.count)
        guard network.head.task == .classification else {
            throw ConfigError(
                "the run is for segmentation", remedy: "predicting is for classification runs so far",
                at: config.model.head)
        }
        try checkpoint.load(into: network)
        let environment = TransformEnvironment(task: network.head.task)
        self.init(
            network, data: data,
            transforms: try config.data.validationTransforms.map {
                try registry.build(.transform, from: $0, environment)
            },
            precision: config.precision)
    }

    /// Predicts the class of the picture in a PNG or JPEG file.
    /// - Throws: `ImageError` for a file that cannot be read, or a picture that the transforms cannot take.
    public func predict(contentsOf url: URL, count: Int = 5) throws -> Prediction {
        try predict(Image(contentsOf: url), name: url.path, count: count)
    }

    /// Predicts the class of an RGB picture of any size.
    ///
    /// - Parameters:
    ///   - name: What errors call the picture.
    ///   - count: How many of the likeliest classes to give.
    /// - Throws: `ImageError` for a picture that the transforms cannot take.
    public func predict(_ image: Image, name: String = "the picture", count: Int = 5) throws -> Prediction {
        let probabilities = try logits(of: Sample(image: image, target: .label(0), name: name))
            .cast(to: .float32).softmax().floats
        let ranking = probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
        return Prediction(
            classes: ranking.prefix(count).map { index in
                Prediction.Class(index: index, name: data.className(index), probability: probabilities[index])
            })
    }

    /// The network's answer to one picture: `[1, classes]`.
    private func logits(of sample: Sample) throws -> Tensor {
        var options = DataLoader.Options()
        options.batchSize = 1
        options.threads = 0
        options.dataType = precision.dataType
        // A loader prepares the picture exactly as it did those of validation.
        let loader = try DataLoader(
            SingleSample(sample: sample), transforms: transforms, normalization: data.normalization, options: options)
        guard let batch = try loader.batches(epoch: 0).next() else {
            preconditionFailure("Predictor: the loader gave no batch")
        }
        return withoutGradients { network(batch.images, .inference(precision: precision)) }
    }
}

/// What a network says of a picture.
public struct Prediction: Sendable, Codable {
    /// A class with its probability.
    public struct Class: Sendable, Codable {
        public var index: Int
        public var name: String
        /// From 0 to 1.
        public var probability: Float
    }

    /// The likeliest classes, the likeliest first.
    public var classes: [Class]
}

/// A data set of one picture whose class is not known, and given as 0.
private struct SingleSample: Dataset {
    let sample: Sample
    let count = 1
    let classNames = ["unknown"]

    func sample(at index: Int) -> Sample { sample }
}
