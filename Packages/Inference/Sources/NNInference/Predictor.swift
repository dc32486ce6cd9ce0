import NNDatasets
import Foundation
import NNLayers

/// Predicts the classes of images, or of their pixels, with a trained network.
///
/// ```swift
/// let predictor = try Predictor(run: RunDirectory(existing: url), registry: registry)
/// let prediction = try predictor.predict(Image(contentsOf: file))
/// print(prediction.classes[0].name, prediction.classes[0].probability)
/// ```
public final class Predictor {
    /// The network, without windows or test-time augmentation.
    public let network: any Layer
    /// The task: one class for each image, or for each pixel.
    public let task: PredictionTask
    /// The description of the training data.
    public let data: DataDescription
    /// The type of activations.
    public let precision: Precision
    /// Tiling and test-time augmentation.
    public let options: InferenceOptions
    private let transforms: [any Transform]
    private var inputs = InputProof()

    /// The label by which the transforms of a predictor mark padding, so that it can be cropped again.
    public static let paddingLabel: UInt8 = 255

    /// A predictor for a network in memory.
    /// - Parameters:
    ///   - network: Computes logits of images `[N, H, W, C]`.
    ///   - task: The task of the network, classification by default.
    ///   - data: The description of the training data.
    ///   - transforms: The transforms of validation. Segmentation omits crops, flips and rotations, since the mask is
    ///     that of the whole image.
    ///   - precision: The type of activations, float32 by default.
    ///   - options: Tiling and test-time augmentation.
    public init(
        _ network: any Layer, task: PredictionTask = .classification, data: DataDescription,
        transforms: [any Transform] = [],
        precision: Precision = .float32, options: InferenceOptions = InferenceOptions()
    ) {
        requireOptions("Predictor") { try options.validate() }
        self.network = network
        self.task = task
        self.data = data
        self.transforms = task == .segmentation ? transforms.filter(\.keepsLayout) : transforms
        self.precision = precision
        self.options = options
    }

    /// Predicts the class of the image in a PNG or JPEG file.
    /// - Parameters:
    ///   - url: The file.
    ///   - count: The number of most likely classes to return, 5 by default.
    /// - Throws: `ImageError` for a file that cannot be read, or an image that the transforms or the network do not
    ///   accept.
    public func predict(contentsOf url: URL, count: Int = 5) throws -> Prediction {
        try predict(Image(contentsOf: url), name: url.path, count: count)
    }

    /// Predicts the class of an RGB image of any size.
    ///
    /// - Parameters:
    ///   - image: The image.
    ///   - name: The name of the image in errors.
    ///   - count: The number of most likely classes to return, 5 by default.
    /// - Throws: `ImageError` for an image that the transforms or the network do not accept.
    public func predict(_ image: Image, name: String = "the image", count: Int = 5) throws -> Prediction {
        let prepared = try prepared(Sample(image: image, target: .label(0), name: name)).image
        let logits = try logits(of: prepared, name: name)
        let probabilities = Predictions(logits: logits).probabilities.floats
        let ranking = probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
        return Prediction(
            classes: ranking.prefix(count).map { index in
                Prediction.Class(index: index, name: data.className(index), probability: probabilities[index])
            })
    }

    /// Applies the transforms of validation to a sample.
    func prepared(_ sample: Sample) throws -> Sample {
        // The transforms of validation are deterministic; the generator is not used.
        var random = RandomGenerator(key: RandomKey(seed: 0))
        var sample = sample
        for transform in transforms { sample = try transform(sample, random: &random) }
        return sample
    }

    /// The logits of a prepared image, or of a part of one: `[1, ..., classes]`.
    /// - Parameter name: The name of the image in errors.
    /// - Throws: `ImageError` for a size that the network does not accept.
    func logits(of image: Image, name: String) throws -> Tensor {
        let images = data.normalization.tensor(of: image, as: precision.dataType)
        let network = options.augmented(network)
        try inputs.check(network, takes: images, precision: precision, name: name)
        return withoutGradients { network(images, .inference(precision: precision)) }
    }
}

/// The predicted classes of an image.
public struct Prediction: Sendable, Codable {
    /// A class with its probability.
    public struct Class: Sendable, Codable {
        /// The index of the class.
        public var index: Int
        /// The name of the class, or its index if it has none.
        public var name: String
        /// The probability, from 0 to 1.
        public var probability: Float
    }

    /// The most likely classes, in descending order of probability.
    public var classes: [Class]
}
