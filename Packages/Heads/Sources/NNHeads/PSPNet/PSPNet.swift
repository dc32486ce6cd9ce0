import NNLayers

/// Scores of a feature that knows the means of the regions around each pixel: the pyramid scene parsing
/// network (Zhao et al. 2017), with MMSegmentation's names.
public final class PSPNet: Head {
    public let task = PredictionTask.segmentation

    @Child("") var pyramid: PyramidPooling
    @Child("") var classifier: PixelClassifier

    private let place: Int

    /// - Throws: ``OptionError`` for a missing feature, `ConfigError` for names that are not registered.
    public init(
        _ options: PSPNetOptions = PSPNetOptions(), for environment: HeadEnvironment, registry: Registry
    ) throws {
        place = try environment.place(ofStride: options.stride, for: "pspnet")
        let channels = environment.features[place].channels
        let width = options.width ?? Swift.max(channels / 4, 1)
        pyramid = PyramidPooling(
            inputChannels: channels, bins: options.bins, width: width, interpolation: options.interpolation,
            style: try options.style(registry))
        classifier = PixelClassifier(
            inputChannels: width, classCount: environment.classCount, dropout: options.dropout,
            interpolation: options.interpolation)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        classifier(pyramid(features[place].map, context), imageSize: imageSize, context)
    }
}
