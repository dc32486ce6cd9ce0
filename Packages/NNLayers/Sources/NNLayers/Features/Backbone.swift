/// The encoder of a network: maps images to feature maps.
public protocol Backbone: Module {
    /// The feature maps that the backbone returns, from fine to coarse, known before it runs.
    var features: [FeatureInfo] { get }

    /// The number of channels of the images; 3 by default.
    var inputChannels: Int { get }

    /// The options that trained weights depend on, although neither their names nor their shapes show it, such as
    /// `strided_padding: tensorflow`, by their keys in a configuration; none by default.
    ///
    /// Published weights are refused where their name map states another value. An option `type` tells apart backbones
    /// that have the same names.
    var weightOptions: [String: String] { get }

    /// Calculates the feature maps of images.
    /// - Parameters:
    ///   - images: `[N, H, W, C]`, any height and width.
    ///   - context: The settings of the forward pass.
    /// - Returns: One feature for each element of ``features``.
    func forward(_ images: Tensor, context: Context) -> [Feature]
}

extension Backbone {
    public var inputChannels: Int { 3 }
    public var weightOptions: [String: String] { [:] }

    /// Maps images `[N, H, W, C]` to feature maps, one for each of ``features``.
    public func callAsFunction(_ images: Tensor, _ context: Context) -> [Feature] {
        context.observe(self) { forward(images, context: context) }
    }

    /// Calculates the feature maps of images of any type, in the precision of the context.
    /// - Parameters:
    ///   - images: `[N, H, W, C]`. A backbone of one channel receives the luminance of color images.
    ///   - context: The settings of the forward pass.
    public func features(of images: Tensor, _ context: Context) -> [Feature] {
        let images = images.cast(to: context.precision.dataType)
        let isGrayscale = inputChannels == 1 && images.shape[3] == 3
        return self(isGrayscale ? images.luminance : images, context)
    }
}

extension Tensor {
    /// The luminance `[N, H, W, 1]` of color images `[N, H, W, 3]` (ITU-R BT.601).
    fileprivate var luminance: Tensor {
        let weights = Tensor([0.299, 0.587, 0.114] as [Float]).cast(to: dataType)
        return (self * weights).sum(axes: [3], keepsDimensions: true).cast(to: dataType)
    }
}

/// The properties of a feature map, known before the backbone runs.
public struct FeatureInfo: Hashable, Sendable {
    /// The number of channels.
    public var channels: Int
    /// The output stride: the size of the image divided by the size of the map.
    public var stride: Int
    /// Whether the map comes with the indices of the max pooling that follows it, for unpooling.
    public var hasPoolingIndices: Bool

    /// Describes a feature map.
    /// - Parameters:
    ///   - channels: The number of channels.
    ///   - stride: The output stride.
    ///   - hasPoolingIndices: Whether the map comes with pooling indices.
    public init(channels: Int, stride: Int, hasPoolingIndices: Bool = false) {
        self.channels = channels
        self.stride = stride
        self.hasPoolingIndices = hasPoolingIndices
    }
}

/// A feature map of a backbone.
public struct Feature {
    /// `[N, H, W, C]`
    public var map: Tensor
    /// `[N, H / 2, W / 2, C]` int32: the positions of the maxima of the following pooling within the map.
    public var poolingIndices: Tensor?

    /// Creates a feature.
    /// - Parameters:
    ///   - map: `[N, H, W, C]`
    ///   - poolingIndices: `[N, H / 2, W / 2, C]` int32.
    public init(_ map: Tensor, poolingIndices: Tensor? = nil) {
        self.map = map
        self.poolingIndices = poolingIndices
    }
}

/// The part of a network that makes predictions from the feature maps of a backbone.
public protocol Head: Module {
    /// What the head predicts.
    var task: PredictionTask { get }

    /// Calculates logits from feature maps.
    /// - Parameters:
    ///   - features: The feature maps of the backbone, from fine to coarse.
    ///   - imageSize: The size of the images of these features.
    ///   - context: The settings of the forward pass.
    /// - Returns: Logits: `[N, C]`, or `[N, H, W, C]` at image size for a dense task, with C classes or outputs.
    func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor
}

extension Head {
    /// Maps feature maps to logits: `[N, classes]`, or `[N, H, W, classes]` at the size of the images.
    public func callAsFunction(_ features: [Feature], imageSize: Size, _ context: Context) -> Tensor {
        context.observe(self) { forward(features, imageSize: imageSize, context: context) }
    }
}
