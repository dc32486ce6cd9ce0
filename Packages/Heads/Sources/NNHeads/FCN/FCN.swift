import NNLayers

/// Scores of one feature's pixels, enlarged to the image (Long et al. 2015), after a few convolutions as in
/// torchvision and with MMSegmentation's names.
public final class FCN: Head {
    public let task = PredictionTask.segmentation

    @Child("convs") var convolutions: Sequential
    @Child("conv_cat") var joining: ConvNormActivation?
    @Child("") var classifier: PixelClassifier
    @Child var skips: [Conv2D]

    private let place: Int
    private let skipPlaces: [Int]
    private let interpolation: Interpolation

    /// - Throws: ``OptionError`` for missing features, `ConfigError` for names that are not registered.
    public init(_ options: FCNOptions = FCNOptions(), for environment: HeadEnvironment, registry: Registry) throws {
        place = try options.feature ?? environment.place(ofStride: options.stride, for: "fcn")
        guard environment.features.indices.contains(place) else {
            throw environment.refusal(
                of: "fcn", needing: "a feature \(place)", offer: "features 0 to \(environment.features.count - 1)")
        }
        skipPlaces = try environment.places(ofStrides: options.skipStrides, for: "fcn")
        interpolation = options.interpolation
        let style = try options.style(registry)
        let channels = environment.features[place].channels
        let width = options.convolutions == 0 ? channels : options.width ?? Swift.max(channels / 4, 1)
        // Scores of finer features begin at zero, so that each adds only what it learns, as in the paper.
        skips = skipPlaces.map {
            Conv2D(
                inputChannels: environment.features[$0].channels, outputChannels: environment.classCount,
                kernel: 1, initializer: .zeros)
        }
        convolutions = style.stack(
            from: channels, to: width, count: options.convolutions, kernel: options.kernel,
            dilation: options.dilation)
        joining =
            options.concatenatesInput
            ? style.block(from: channels + width, to: width, kernel: options.kernel) : nil
        classifier = PixelClassifier(
            inputChannels: width, classCount: environment.classCount, dropout: options.dropout,
            interpolation: options.interpolation)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        let input = features[place].map
        var map = convolutions(input, context)
        if let joining { map = joining(.concatenated([input, map], axis: 3), context) }
        var scores = classifier.scores(of: map, context)
        for (skip, place) in zip(skips, skipPlaces) {
            let finer = skip(features[place].map, context)
            scores = scores.resized(like: finer, by: interpolation) + finer
        }
        return scores.resized(to: imageSize, by: interpolation)
    }
}
