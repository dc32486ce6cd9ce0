import NNLayers

/// Joint pyramid upsampling (Wu et al. 2019, FastFCN) with a decoder in the way of DeepLabv3+: the coarse
/// features are joined at the size of the finest of them, seen through separable convolutions of several
/// dilations, and joined once more with a finer feature.
public final class JPU: Head {
    public let task = PredictionTask.segmentation

    @Child var laterals: [ConvNormActivation]
    @Child var dilated: [SeparableConv2D]
    @Child var projection: ConvNormActivation
    @Child var lowLevel: ConvNormActivation
    @Child var fuse: SeparableConv2D
    @Child("") var classifier: PixelClassifier

    /// The places of the joined features, from fine to coarse, and of the finer one.
    private let places: [Int]
    private let lowLevelPlace: Int
    private let interpolation: Interpolation

    /// - Throws: ``OptionError`` for missing features, `ConfigError` for names that are not registered.
    public init(_ options: JPUOptions = JPUOptions(), for environment: HeadEnvironment, registry: Registry) throws {
        let found = try environment.places(ofStrides: [options.lowLevelStride] + options.strides, for: "jpu")
        lowLevelPlace = found[0]
        places = found.dropFirst().sorted()
        interpolation = options.interpolation
        let style = try options.style(registry)
        func separable(from inputChannels: Int, to channels: Int, dilation: Int) -> SeparableConv2D {
            SeparableConv2D(
                inputChannels: inputChannels, outputChannels: channels, kernel: 3, dilations: Size(dilation),
                style: style, normalizesBetween: true)
        }
        let width = options.width
        laterals = places.map { style.block(from: environment.features[$0].channels, to: width, kernel: 3) }
        // Each is activated by itself: the same as activating them joined.
        dilated = options.dilations.map {
            separable(from: options.strides.count * width, to: width, dilation: $0)
        }
        projection = style.block(
            from: options.dilations.count * width, to: options.projectionWidth, kernel: 1)
        lowLevel = style.block(
            from: environment.features[lowLevelPlace].channels, to: options.lowLevelWidth, kernel: 1)
        fuse = separable(
            from: options.projectionWidth + options.lowLevelWidth, to: options.fuseWidth, dilation: 1)
        classifier = PixelClassifier(
            inputChannels: options.fuseWidth, classCount: environment.classCount, dropout: options.dropout,
            interpolation: options.interpolation)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        let maps = zip(laterals, places).map { $0(features[$1].map, context) }
        let joined = Tensor.concatenated(maps.map { $0.resized(like: maps[0], by: interpolation) }, axis: 3)
        let views = Tensor.concatenated(dilated.map { $0(joined, context) }, axis: 3)
        let low = lowLevel(features[lowLevelPlace].map, context)
        let projected = projection(views, context).resized(like: low, by: interpolation)
        let fused = fuse(.concatenated([projected, low], axis: 3), context)
        return classifier(fused, imageSize: imageSize, context)
    }
}
