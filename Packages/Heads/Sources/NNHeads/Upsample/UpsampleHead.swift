import NNLayers

/// A decoder that enlarges the deepest map step by step to the size of each finer feature, with
/// convolutions between: ``SegNet`` without its pooling indices, on any backbone.
public final class UpsampleHead: Head {
    public let task = PredictionTask.segmentation

    @Child("") var decoder: StagedDecoder

    private let interpolation: Interpolation

    /// - Throws: ``OptionError`` where options are for another number of stages, `ConfigError` for names that
    ///   are not registered.
    public init(
        _ options: UpsampleOptions = UpsampleOptions(), for environment: HeadEnvironment, registry: Registry
    ) throws {
        let deepest = environment.features[try environment.placeOfCoarsest(for: "upsample")]
        let joined = Array(environment.features.dropLast().reversed())
        let widths = options.widths ?? StagedDecoder.mirroredWidths(joined: joined)
        interpolation = options.interpolation
        decoder = StagedDecoder(
            inputChannels: deepest.channels,
            widths: try options.checked(widths, "widths", stages: joined.count),
            convolutions: try options.convolutions(inStages: joined.count), classCount: environment.classCount,
            options: options, interpolation: options.interpolation,
            style: try options.style(hasBias: options.convBias, registry))
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        decoder(
            features[features.count - 1].map, joined: features.dropLast().reversed(), imageSize: imageSize, context
        ) { map, feature in map.resized(like: feature.map, by: interpolation) }
    }
}
