@_spi(Internal) import NNDatasets
import Foundation
import NNLayers

/// Predicts the classes of images or of their pixels, or numbers for images, with a trained network.
///
/// ```swift
/// let predictor = try Predictor(run: RunDirectory(existing: url), registry: registry)
/// let prediction = try predictor.predict(Image(contentsOf: file))
/// print(prediction.classes[0].name, prediction.classes[0].probability)
/// ```
public final class Predictor {
    /// The network, without windows or test-time augmentation.
    public let network: any Layer
    /// The task, such as one class for each image, or for each pixel.
    public let task: PredictionTask
    /// The description of the training data.
    public let data: DataDescription
    /// The type of activations.
    public let precision: Precision
    /// Tiling and test-time augmentation.
    public let options: InferenceOptions
    /// How image files are read: with the channels, the orientation and the decoding of the training data.
    public let reader: ImageReader
    let transforms: [any Transform]
    /// The network with its calculations planned, and with test-time augmentation.
    let prepared: any Layer
    var inputs = InputProof()

    /// The label by which the transforms of a predictor mark padding, so that it can be cropped again.
    public static let paddingLabel = PreparedImage.paddingLabel

    /// A predictor for a network in memory.
    /// - Parameters:
    ///   - network: Computes logits of images `[N, H, W, C]`.
    ///   - task: The task of the network; by default that of the head of a `Network`, or else classification.
    ///   - data: The description of the training data.
    ///   - transforms: The transforms of validation. Segmentation omits crops, flips and rotations, since the mask is
    ///     that of the whole image.
    ///   - precision: The type of activations, float32 by default.
    ///   - options: Tiling and test-time augmentation.
    ///   - reader: How image files are read; as RGB of 8 bits by default.
    public init(
        _ network: any Layer, task: PredictionTask? = nil, data: DataDescription,
        transforms: [any Transform] = [],
        precision: Precision = .float32, options: InferenceOptions = InferenceOptions(),
        reader: ImageReader = ImageReader()
    ) {
        requireOptions("Predictor") { try options.validate() }
        self.reader = reader
        self.network = network
        let task = task ?? (network as? Network)?.head.task ?? .classification
        self.task = task
        self.data = data
        self.transforms = task.isDense ? transforms.filter(\.keepsLayout) : transforms
        self.precision = precision
        self.options = options
        prepared = options.augmented(network.prepared())
    }

    /// Predicts the class of the image in a file.
    /// - Parameters:
    ///   - url: The file.
    ///   - count: The number of most likely classes to return, 5 by default.
    /// - Throws: `ImageError` for a file that cannot be read, or an image that the transforms or the network do not
    ///   accept.
    public func predict(contentsOf url: URL, count: Int = 5) throws -> Prediction {
        try predict(reader.sample(contentsOf: url, target: .label(0), atLeast: transforms.decodingSize), count: count)
    }

    /// Predicts the class of an image of any size. That of its file may have been decoded at a fraction of its size,
    /// see ``reader``, so that its probabilities differ a little.
    ///
    /// - Parameters:
    ///   - image: The image.
    ///   - name: The name of the image in errors.
    ///   - count: The number of most likely classes to return, 5 by default.
    /// - Throws: `ImageError` for an image that the transforms or the network do not accept.
    public func predict(_ image: Image, name: String = "the image", count: Int = 5) throws -> Prediction {
        try predict(Sample(image: image, target: .label(0), name: name), count: count)
    }

    /// Reads an image file as this predictor does: whole for segmentation, and else as its transforms need it.
    /// - Throws: `ImageError` for a file that cannot be read.
    @_spi(Internal) public func sample(contentsOf url: URL) throws -> Sample {
        if task.isDense {
            return Sample(image: try reader.image(contentsOf: url), target: .label(0), name: url.path)
        }
        return try reader.sample(contentsOf: url, target: .label(0), atLeast: transforms.decodingSize)
    }

    /// Predicts the class of the image of a sample before any transform.
    /// - Throws: `ImageError` for an image that the transforms or the network do not accept.
    @_spi(Internal) public func predict(_ sample: Sample, count: Int) throws -> Prediction {
        require(
            task.labels == .classes && !task.isDense,
            "predict: the task is \(task.rawValue), not one class for each image")
        let logits = try logits(of: sample)
        let probabilities = Predictions(logits: logits).probabilities.floats
        let ranking = probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
        return Prediction(
            classes: ranking.prefix(count).map { index in
                Prediction.Class(index: index, name: data.className(index), probability: probabilities[index])
            })
    }

    /// Predicts the values of the image in a file, see ``values(of:name:)``.
    /// - Throws: `ImageError` for a file that cannot be read, or an image that the transforms or the network do not
    ///   accept.
    public func values(contentsOf url: URL) throws -> ValuePrediction {
        try values(of: reader.sample(contentsOf: url, target: .label(0), atLeast: transforms.decodingSize))
    }

    /// Predicts the values of an image of any size: the probability of each class of a multi-label network, or the
    /// numbers of one for regression.
    /// - Parameters:
    ///   - image: The image.
    ///   - name: The name of the image in errors.
    /// - Throws: `ImageError` for an image that the transforms or the network do not accept.
    public func values(of image: Image, name: String = "the image") throws -> ValuePrediction {
        try values(of: Sample(image: image, target: .label(0), name: name))
    }

    /// Predicts the values of the image of a sample before any transform.
    /// - Throws: `ImageError` for an image that the transforms or the network do not accept.
    @_spi(Internal) public func values(of sample: Sample) throws -> ValuePrediction {
        require(
            task.labels != .classes && !task.isDense,
            "values: the task is \(task.rawValue), which predicts classes that exclude each other")
        let values = Predictions(logits: try logits(of: sample), task: task).values.floats
        return ValuePrediction(
            outputs: values.enumerated().map { index, value in
                ValuePrediction.Output(
                    index: index, name: data.className(index), value: value,
                    threshold: task.labels == .flags ? data.threshold(index) : nil)
            })
    }

    /// The logits of an image after the transforms of validation: `[1, C]`.
    private func logits(of original: Sample) throws -> Tensor {
        // The transforms of validation are deterministic; the generator is not used.
        var random = RandomGenerator(key: RandomKey(seed: 0))
        var sample = original
        for transform in transforms { sample = try transform.applied(to: sample, random: &random) }
        try checkChannels(of: sample.image, name: sample.name)
        let images = data.normalization.tensor(of: sample.image, as: precision.dataType)
        try inputs.check(prepared, takes: images, precision: precision, name: sample.name)
        return withoutGradients { prepared(images, .inference(precision: precision)) }
    }

    /// Checks that a prepared image has the channels that the network was trained on.
    /// - Throws: `ImageError` for others.
    func checkChannels(of image: Image, name: String) throws(ImageError) {
        guard image.channels == data.normalization.channels else {
            throw ImageError(
                file: name,
                reason: "the image has \(image.channels) channels, and the network was trained on "
                    + "\(data.normalization.channels)",
                remedy: "Read it with as many channels")
        }
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

/// The predicted values of an image: a probability for each class, or numbers.
public struct ValuePrediction: Sendable, Codable, Equatable {
    /// An output of the network.
    public struct Output: Sendable, Codable, Equatable {
        /// The index of the output.
        public var index: Int
        /// The name of the class or number, or its index if it has none.
        public var name: String
        /// The number; the probability of a class, from 0 to 1.
        public var value: Float
        /// The probability above which the class is predicted; nil for numbers.
        public var threshold: Float?

        /// Whether the class is predicted; nil for numbers.
        public var isPredicted: Bool? { threshold.map { value > $0 } }
    }

    /// The outputs in their order.
    public var outputs: [Output]

    /// The classes that are predicted, in descending order of probability; empty for numbers.
    public var predicted: [Output] {
        outputs.filter { $0.isPredicted == true }.sorted { ($1.value, $0.index) < ($0.value, $1.index) }
    }
}
