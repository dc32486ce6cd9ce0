import NNLayers

/// One class for each image: the mean of the coarsest feature over all pixels, and several dense layers,
/// each with an activation and dropout; the last is named `fc`.
public final class MLPClassifier: Head {
    public let task = PredictionTask.classification

    @Child var pool: GlobalAveragePool
    @Child var layers: [Linear]
    @Child var activations: [any Layer]
    @Child var dropouts: [Dropout]
    @Child("fc") var last: Linear

    /// - Throws: ``OptionError`` without a feature, and for a sigmoid of other than two classes, `ConfigError` for names that are not registered.
    public init(
        _ options: MLPClassifierOptions = MLPClassifierOptions(), for environment: HeadEnvironment, registry: Registry
    ) throws {
        let feature = environment.features[try environment.placeOfCoarsest(for: "mlp_classifier")]
        let initializer = try registry.build(.initializer, from: options.initializer)
        let widths = [feature.channels] + options.layers.map(\.width)
        pool = GlobalAveragePool()
        layers = zip(widths, widths.dropFirst()).map {
            Linear(inputFeatures: $0, outputFeatures: $1, initializer: initializer)
        }
        activations = try options.layers.map { try registry.build(.activation, from: $0.activation)() }
        dropouts = options.layers.map { Dropout(probability: $0.dropout) }
        let isBinary = options.output == .sigmoid
        if isBinary, environment.classCount != 2 {
            throw OptionError(
                "output", "must be softmax for \(environment.classCount) classes; a sigmoid tells two apart")
        }
        last = Linear(
            inputFeatures: widths[widths.count - 1], outputFeatures: isBinary ? 1 : environment.classCount,
            initializer: initializer)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        var values = pool(features[features.count - 1].map, context)
        for ((layer, activation), dropout) in zip(zip(layers, activations), dropouts) {
            values = dropout(activation(layer(values, context), context), context)
        }
        return last(values, context)
    }
}
