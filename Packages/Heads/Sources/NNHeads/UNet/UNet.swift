import NNLayers

/// A decoder that enlarges the deepest map step by step, and joins it with each finer feature by
/// convolutions (Ronneberger et al. 2015), on any backbone.
public final class UNet: Head {
    public let task = PredictionTask.segmentation

    @Child var stages: [Sequential]
    @Child("") var classifier: PixelClassifier

    private let interpolation: Interpolation

    /// - Throws: ``OptionError`` where widths are for another number of stages, `ConfigError` for names that
    ///   are not registered.
    public init(_ options: UNetOptions = UNetOptions(), for environment: HeadEnvironment, registry: Registry) throws {
        let deepest = environment.features[try environment.placeOfCoarsest(for: "unet")]
        let joined = environment.features.dropLast().reversed().map(\.channels)
        let widths = try options.checked(options.widths ?? joined, "widths", stages: joined.count)
        interpolation = options.interpolation
        let style = try options.style(registry)
        stages = zip(zip([deepest.channels] + widths, joined), widths).map { inputs, width in
            style.stack(from: inputs.0 + inputs.1, to: width, count: options.convolutions)
        }
        classifier = PixelClassifier(
            inputChannels: widths.last ?? deepest.channels, classCount: environment.classCount,
            dropout: options.dropout, interpolation: options.interpolation)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        var map = features[features.count - 1].map
        for (stage, feature) in zip(stages, features.dropLast().reversed()) {
            let enlarged = map.resized(like: feature.map, by: interpolation)
            map = stage(.concatenated([enlarged, feature.map], axis: 3), context)
        }
        return classifier(map, imageSize: imageSize, context)
    }
}
