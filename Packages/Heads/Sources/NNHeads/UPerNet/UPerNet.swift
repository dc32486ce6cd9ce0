import NNLayers

/// A feature pyramid over pyramid pooling: coarse maps are added to finer ones on the way up, and all are
/// joined at the size of the finest (Xiao et al. 2018), with MMSegmentation's names.
public final class UPerNet: Head {
    public let task = PredictionTask.segmentation

    @Child("") var pyramid: PyramidPooling
    @Child("lateral_convs") var laterals: [ConvNormActivation]
    @Child("fpn_convs") var smoothing: [ConvNormActivation]
    @Child("fpn_bottleneck") var fuse: ConvNormActivation
    @Child("") var classifier: PixelClassifier

    /// The places of the features, from fine to coarse.
    private let places: [Int]
    private let interpolation: Interpolation

    /// - Throws: ``OptionError`` for missing features, `ConfigError` for names that are not registered.
    public init(
        _ options: UPerNetOptions = UPerNetOptions(), for environment: HeadEnvironment, registry: Registry
    ) throws {
        let coarsest = try environment.placeOfCoarsest(for: "upernet")
        places =
            try options.strides.map { try environment.places(ofStrides: $0.sorted(), for: "upernet") }
            ?? Array(0...coarsest)
        interpolation = options.interpolation
        let style = try options.style(registry)
        let width = options.width
        let channels = places.map { environment.features[$0].channels }
        pyramid = PyramidPooling(
            inputChannels: channels[channels.count - 1], bins: options.bins, width: width,
            interpolation: options.interpolation, style: style)
        laterals = channels.dropLast().map { style.block(from: $0, to: width, kernel: 1) }
        smoothing = channels.dropLast().map { _ in style.block(from: width, to: width, kernel: 3) }
        fuse = style.block(from: channels.count * width, to: width, kernel: 3)
        classifier = PixelClassifier(
            inputChannels: width, classCount: environment.classCount, dropout: options.dropout,
            interpolation: options.interpolation)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        var maps = zip(laterals, places).map { $0(features[$1].map, context) }
        maps.append(pyramid(features[places[places.count - 1]].map, context))
        for place in maps.indices.dropLast().reversed() {
            maps[place] = maps[place] + maps[place + 1].resized(like: maps[place], by: interpolation)
        }
        let smoothed = zip(smoothing, maps).map { $0($1, context) } + maps.suffix(1)
        let joined = Tensor.concatenated(smoothed.map { $0.resized(like: maps[0], by: interpolation) }, axis: 3)
        return classifier(fuse(joined, context), imageSize: imageSize, context)
    }
}
