import NNDatasets
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
    /// What the network says: one class for each picture, or for each pixel.
    public let task: PredictionTask
    /// What the network was trained on.
    public let data: DataDescription
    public let precision: Precision
    public let options: InferenceOptions
    private let transforms: [any Transform]
    private var inputs = InputProof()

    /// The label that transforms are told to give to pixels that they add.
    static let addedPixel: UInt8 = 255

    /// - Parameter transforms: What was done to pictures in validation. For segmentation crops and turns are left out,
    ///   as the answer is one for the whole picture.
    public init(
        _ network: any Layer, task: PredictionTask = .classification, data: DataDescription,
        transforms: [any Transform] = [],
        precision: Precision = .float32, options: InferenceOptions = InferenceOptions()
    ) {
        self.network = network
        self.task = task
        self.data = data
        self.transforms = task == .segmentation ? transforms.filter(\.keepsLayout) : transforms
        self.precision = precision
        self.options = options
    }

    /// Restores the network of a run as it was at its best.
    ///
    /// - Throws: ``CheckpointError``, or `ConfigError` if the configuration in the folder cannot be used.
    public convenience init(
        run: RunDirectory, registry: Registry, options: InferenceOptions = InferenceOptions()
    ) throws {
        let config = try run.config()
        let checkpoint = try Checkpoint(contentsOf: run.url(of: .best))
        let data = checkpoint.information.data
        guard data.featureCount == nil else {
            throw checkpoint.failure(
                "its network takes features, and no pictures",
                remedy: "put its head on the backbone that the features were made by: 'model.weights'")
        }
        let network = try ModelBuilder(registry).network(config.model, classCount: data.classNames.count)
        try checkpoint.load(into: network)
        self.init(
            network, task: network.head.task, data: data,
            transforms: try Self.transforms(config.data, for: network.head.task, registry),
            precision: config.precision, options: options)
    }

    /// The transforms of validation, which mark the pixels that they add.
    static func transforms(
        _ config: DataConfig, for task: PredictionTask, _ registry: Registry
    ) throws -> [any Transform] {
        let environment = TransformEnvironment(task: task, ignoreIndex: Int(addedPixel))
        return try config.validationTransforms.map { try registry.build(.transform, from: $0, environment) }
    }

    /// Predicts the class of the picture in a PNG or JPEG file.
    /// - Throws: `ImageError` for a file that cannot be read, or a picture that the transforms or the network cannot
    ///   take.
    public func predict(contentsOf url: URL, count: Int = 5) throws -> Prediction {
        try predict(Image(contentsOf: url), name: url.path, count: count)
    }

    /// Predicts the class of an RGB picture of any size.
    ///
    /// - Parameters:
    ///   - name: What errors call the picture.
    ///   - count: How many of the likeliest classes to give.
    /// - Throws: `ImageError` for a picture that the transforms or the network cannot take.
    public func predict(_ image: Image, name: String = "the picture", count: Int = 5) throws -> Prediction {
        let picture = try prepared(Sample(image: image, target: .label(0), name: name)).image
        let logits = try logits(of: picture, name: name)
        let probabilities = Predictions(logits: logits).probabilities.floats
        let ranking = probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
        return Prediction(
            classes: ranking.prefix(count).map { index in
                Prediction.Class(index: index, name: data.className(index), probability: probabilities[index])
            })
    }

    /// The sample as validation showed it to the network.
    func prepared(_ sample: Sample) throws -> Sample {
        // Transforms of validation draw nothing; the generator only completes the call.
        var random = RandomGenerator(key: RandomKey(seed: 0))
        var sample = sample
        for transform in transforms { sample = try transform(sample, random: &random) }
        return sample
    }

    /// The network's answer to a prepared picture, or to a part of one: `[1, ..., classes]`.
    /// - Parameter name: What errors call the picture.
    /// - Throws: `ImageError` for a size that the network cannot take.
    func logits(of picture: Image, name: String) throws -> Tensor {
        let images = data.normalization.tensor(of: picture, as: precision.dataType)
        let network = options.augmented(network)
        try inputs.check(network, takes: images, precision: precision, name: name)
        return withoutGradients { network(images, .inference(precision: precision)) }
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
