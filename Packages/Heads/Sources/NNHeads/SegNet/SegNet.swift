import NNLayers

/// A decoder that puts values back to where the encoder's poolings found the maxima, and fills the zeros
/// between by convolutions (Badrinarayanan et al. 2017).
///
/// It needs a backbone whose features, but for the coarsest, come with pooling indices.
public final class SegNet: Head {
    public let task = PredictionTask.segmentation

    @Child("") var decoder: StagedDecoder

    /// The places of the features with pooling indices, from coarse to fine.
    private let places: [Int]

    /// - Throws: ``OptionError`` for features without pooling indices, `ConfigError` for names that are not
    ///   registered.
    public init(
        _ options: SegNetOptions = SegNetOptions(), for environment: HeadEnvironment, registry: Registry
    ) throws {
        let features = environment.features
        let deepest = features[try environment.placeOfCoarsest(for: "segnet")]
        places = features.indices.filter { features[$0].hasPoolingIndices }.reversed()
        let joined = places.map { features[$0] }
        let offered = Array(joined.map(\.stride).reversed())
        let needed = Array(sequence(first: offered.first ?? 1) { 2 * $0 }.prefix { $0 < deepest.stride })
        guard let coarsest = joined.first, offered == needed else {
            throw environment.refusal(
                of: "segnet", needing: "pooling indices at strides \(listed(needed))",
                offer: offered.isEmpty ? "none" : "them at \(listed(offered))")
        }
        guard coarsest.channels == deepest.channels else {
            throw environment.refusal(
                of: "segnet", needing: "as many channels at stride \(deepest.stride) as at \(coarsest.stride)",
                offer: "\(deepest.channels) and \(coarsest.channels)")
        }
        decoder = StagedDecoder(
            inputChannels: deepest.channels, widths: StagedDecoder.mirroredWidths(joined: joined),
            convolutions: try options.convolutions(inStages: joined.count), classCount: environment.classCount,
            options: options, interpolation: .nearest,
            style: try options.style(hasBias: options.convBias, registry))
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        decoder(
            features[features.count - 1].map, joined: places.map { features[$0] }, imageSize: imageSize, context
        ) { map, feature in
            guard let indices = feature.poolingIndices else {
                trap("SegNet: the feature \(feature.map.shape) comes without pooling indices")
            }
            return map.maxUnpooled(indices: indices, outputSize: feature.map.imageSize)
        }
    }
}
