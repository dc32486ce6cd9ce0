import NNLayers

/// A pyramid of dilated convolutions over a coarse feature, and a decoder that joins it with a finer one
/// (Chen et al. 2018), with MMSegmentation's names.
public final class DeepLabV3Plus: Head {
    public let task = PredictionTask.segmentation

    @Child("") var pyramid: AtrousPyramid
    @Child("c1_bottleneck") var lowLevel: ConvNormActivation
    @Child("sep_bottleneck") var fuse: Sequential
    @Child("") var classifier: PixelClassifier

    private let place: Int
    private let lowLevelPlace: Int
    private let interpolation: Interpolation

    /// - Throws: ``OptionError`` for missing features, `ConfigError` for names that are not registered.
    public init(
        _ options: DeepLabV3PlusOptions = DeepLabV3PlusOptions(), for environment: HeadEnvironment, registry: Registry
    ) throws {
        let name = "deeplabv3plus"
        let features = environment.features
        place = try environment.place(ofStride: options.stride, for: name)
        guard let low = features.lastIndex(where: { $0.stride == options.lowLevelStride }), low < place else {
            throw environment.refusal(
                of: name, needing: "a feature at stride \(options.lowLevelStride) and a coarser one")
        }
        lowLevelPlace = low
        interpolation = options.interpolation
        let style = try options.style(registry)
        let width = options.width
        pyramid = AtrousPyramid(inputChannels: features[place].channels, options: options, style: style)
        lowLevel = style.block(from: features[low].channels, to: options.lowLevelWidth, kernel: 1)
        fuse = Sequential(
            options.convolution(from: width + options.lowLevelWidth, to: width, style: style),
            options.convolution(from: width, to: width, style: style))
        classifier = PixelClassifier(
            inputChannels: width, classCount: environment.classCount, dropout: options.dropout,
            interpolation: options.interpolation)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        let low = lowLevel(features[lowLevelPlace].map, context)
        let coarse = pyramid(features[place].map, context).resized(like: low, by: interpolation)
        let fused = fuse(.concatenated([coarse, low], axis: 3), context)
        return classifier(fused, imageSize: imageSize, context)
    }
}
