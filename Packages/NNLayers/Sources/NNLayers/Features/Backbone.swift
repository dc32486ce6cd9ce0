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

/// What a backbone says of one of its feature maps before any image is seen.
public struct FeatureInfo: Hashable, Sendable {
    /// The number of channels.
    public var channels: Int
    /// How many pixels of the image lie between neighbouring pixels of the map.
    public var stride: Int
    /// Whether the indices of the pooling that follows this map come with it, as un-pooling needs.
    public var hasPoolingIndices: Bool

    public init(channels: Int, stride: Int, hasPoolingIndices: Bool = false) {
        self.channels = channels
        self.stride = stride
        self.hasPoolingIndices = hasPoolingIndices
    }
}

/// A feature map as a backbone hands it to a head.
public struct Feature {
    /// `[N, H, W, C]`
    public var map: Tensor
    /// `[N, H/2, W/2, C]` int32: where in the map each maximum of the following pooling lay.
    public var poolingIndices: Tensor?

    public init(_ map: Tensor, poolingIndices: Tensor? = nil) {
        self.map = map
        self.poolingIndices = poolingIndices
    }
}

extension Backbone {
    /// The feature maps of images in any type; a backbone of one channel sees their luminance.
    /// - Parameter images: `[N, H, W, C]`; calculated in the context's precision.
    public func features(of images: Tensor, _ context: Context) -> [Feature] {
        let images = images.cast(to: context.precision.dataType)
        let isGrey = inputChannels == 1 && images.shape[3] == 3
        return self(isGrey ? images.luminance : images, context)
    }
}

extension Tensor {
    /// How bright colours `[N, H, W, 3]` are, `[N, H, W, 1]` (ITU-R BT.601).
    fileprivate var luminance: Tensor {
        let weights = Tensor([0.299, 0.587, 0.114] as [Float]).cast(to: dataType)
        return (self * weights).sum(axes: [3], keepsDimensions: true).cast(to: dataType)
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
