/// The encoder of a network: it makes feature maps of images.
public protocol Backbone: Module {
    /// The feature maps, from fine to coarse, known before it is run.
    var features: [FeatureInfo] { get }

    /// The channels of the images; by default the three of colours.
    var inputChannels: Int { get }

    /// Makes the feature maps of images.
    /// - Parameter images: `[N, H, W, 3]`, any height and width.
    /// - Returns: One feature for each of ``features``.
    func forward(_ images: Tensor, context: Context) -> [Feature]
}

extension Backbone {
    public var inputChannels: Int { 3 }

    public func callAsFunction(_ images: Tensor, _ context: Context) -> [Feature] {
        context.observe(self) { forward(images, context: context) }
    }
}

/// The part of a network that makes predictions of a backbone's feature maps.
public protocol Head: Module {
    /// What the head predicts.
    var task: PredictionTask { get }

    /// Makes predictions of feature maps.
    /// - Parameter imageSize: The size of the images that the features come from.
    /// - Returns: Logits: `[N, classes]` for classification, `[N, H, W, classes]` at image size for
    ///   segmentation.
    func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor
}

extension Head {
    public func callAsFunction(_ features: [Feature], imageSize: Size, _ context: Context) -> Tensor {
        context.observe(self) { forward(features, imageSize: imageSize, context: context) }
    }
}

/// What a network is for.
public enum PredictionTask: String, Sendable, Codable, CaseIterable {
    /// One class for each image.
    case classification
    /// One class for each pixel.
    case segmentation
}

/// A measure of how wrong predictions are, to be made small.
public protocol Loss: AnyObject {
    /// The loss of a batch: one float32 number.
    /// - Parameters:
    ///   - logits: `[N, ..., classes]`
    ///   - labels: `[N, ...]` int32 class indices.
    func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor

    /// Whether one logit may stand for class 1 of two, by its sigmoid.
    var acceptsOneLogit: Bool { get }
}

extension Loss {
    public var acceptsOneLogit: Bool { false }
}
