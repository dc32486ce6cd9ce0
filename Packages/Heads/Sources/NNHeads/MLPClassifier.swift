import NNLayers

/// An image classifier: pooling of all pixels of the coarsest feature and several dense layers, each with an
/// activation and dropout; the last is named `fc`.
///
/// It fits every task with one vector of outputs for each image, such as multi-label classification and regression.
public final class MLPClassifier: Head {
    public let task: PredictionTask

    @Child var pool: any Layer
    @Child var layers: [Linear]
    @Child var activations: [any Layer]
    @Child var dropouts: [Dropout]
    @Child("fc") var last: Linear

    /// A classifier for the features of a backbone; traps where it does not fit them.
    /// - Parameters:
    ///   - features: The features of the backbone, from fine to coarse.
    ///   - classes: The number of classes or outputs; 2 for a sigmoid.
    ///   - layers: The dense layers before the last one.
    ///   - output: What the logits mean.
    ///   - initializer: Draws the weights.
    ///   - task: What the outputs are; not dense.
    ///   - pooling: Makes the pooling of all pixels, `[N, H, W, C]` to `[N, C]`; by default their mean.
    public convenience init(
        features: [FeatureInfo], classes: Int,
        layers: [DenseLayer] = [DenseLayer(width: 256, dropout: 0.5), DenseLayer(width: 128, dropout: 0.5)],
        output: Output = .softmax, initializer: any Initializer = .glorotUniform,
        task: PredictionTask = .classification,
        pooling: (_ channels: Int) -> any Layer = { _ in GlobalAveragePool() }
    ) {
        let channels = requireOptions("MLPClassifier") {
            for (index, layer) in layers.enumerated() {
                try OptionError.check("layers.\(index).width", layer.width, .size)
                try OptionError.check("layers.\(index).dropout", layer.dropout, .fractionBelowOne)
            }
            return try output.inputChannels(
                in: HeadEnvironment(features: features, classCount: classes, task: task))
        }
        self.init(
            inputChannels: channels, classes: classes, layers: layers, output: output, initializer: initializer,
            task: task, pooling: pooling)
    }

    private init(
        inputChannels: Int, classes: Int, layers: [DenseLayer], output: Output, initializer: any Initializer,
        task: PredictionTask, pooling: (Int) -> any Layer
    ) {
        require(!task.isDense, "MLPClassifier: the task \(task.rawValue) has predictions for each pixel")
        self.task = task
        let widths = [inputChannels] + layers.map(\.width)
        pool = pooling(inputChannels)
        self.layers = zip(widths, widths.dropFirst()).map {
            Linear(inputFeatures: $0, outputFeatures: $1, initializer: initializer)
        }
        activations = layers.map { $0.activation() }
        dropouts = layers.map { Dropout(probability: $0.dropout) }
        last = Linear(
            inputFeatures: widths[widths.count - 1], outputFeatures: output == .sigmoid ? 1 : classes,
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

extension MLPClassifier {
    /// What the logits of an ``MLPClassifier`` mean.
    public enum Output: String, Sendable, Codable, CaseIterable {
        /// One logit for each class or output.
        case softmax
        /// One logit, for the second of two classes.
        case sigmoid

        /// The channels of the pooled feature.
        /// - Throws: ``OptionError`` where there is no feature, and for a sigmoid of more or less than two classes.
        fileprivate func inputChannels(in environment: HeadEnvironment) throws(OptionError) -> Int {
            let index = try environment.indexOfCoarsest(for: "mlp_classifier")
            if self == .sigmoid, environment.imageTask.labels != .classes {
                throw OptionError(
                    "output",
                    "must be softmax, an output for each of \(environment.classCount), for "
                        + "\(environment.imageTask.rawValue); a sigmoid is for one of two classes")
            }
            if self == .sigmoid, environment.classCount != 2 {
                throw OptionError(
                    "output", "must be softmax for \(environment.classCount) classes; a sigmoid is for two")
            }
            return environment.features[index].channels
        }
    }

    /// A dense layer of an ``MLPClassifier``.
    public struct DenseLayer {
        /// The number of output features.
        public var width: Int
        /// Makes the activation.
        public var activation: () -> any Layer
        /// The fraction of the activated features that training drops.
        public var dropout: Float

        /// A layer with any activation.
        public init(width: Int, activation: @escaping () -> any Layer, dropout: Float = 0) {
            self.width = width
            self.activation = activation
            self.dropout = dropout
        }

        /// A layer with a built-in activation.
        public init(width: Int, activation: Activation = .relu, dropout: Float = 0) {
            self.init(width: width, activation: { ActivationLayer(activation) }, dropout: dropout)
        }
    }
}

extension MLPClassifier {
    /// Options of ``MLPClassifier``.
    struct Options: BuildableOptions {
        /// The dense layers before the last one.
        var layers = [
            DenseLayer.Options(width: 256, dropout: 0.5), DenseLayer.Options(width: 128, dropout: 0.5),
        ]
        /// What the logits mean.
        var output = Output.softmax
        /// The initializer of the weights, a component of kind `initializer`.
        var initializer: ConfigNode = "glorot_uniform"
        /// The pooling of all pixels, a component of kind `pooling`.
        var pooling: Component<Void, (_ channels: Int) -> any Layer> = "average"

        /// The defaults.
        init() {}

        mutating func resolveComponents(in registry: Registry) throws {
            pooling = try registry.resolve(.pooling, pooling)
        }

        func build(_ environment: HeadEnvironment, in registry: Registry) throws -> any Head {
            MLPClassifier(
                inputChannels: try output.inputChannels(in: environment), classes: environment.classCount,
                layers: try layers.map { try $0.layer(in: registry) }, output: output,
                initializer: try registry.build(.initializer, from: initializer), task: environment.imageTask,
                pooling: try registry.build(.pooling, pooling))
        }
    }
}

extension MLPClassifier.DenseLayer {
    /// Options of ``MLPClassifier/DenseLayer``.
    struct Options: ComponentOptions {
        /// The number of output features.
        var width = 256
        /// The activation, a component of kind `activation`.
        var activation: ConfigNode = "relu"
        /// The fraction of the activated features that training drops.
        var dropout: Float = 0

        /// The defaults.
        init() {}

        fileprivate init(width: Int, dropout: Float) {
            self.width = width
            self.dropout = dropout
        }

        func validate() throws {
            try check("width", width, .size)
            try check("dropout", dropout, .fractionBelowOne)
        }

        fileprivate func layer(in registry: Registry) throws(ConfigError) -> MLPClassifier.DenseLayer {
            MLPClassifier.DenseLayer(
                width: width, activation: try registry.build(.activation, from: activation), dropout: dropout)
        }
    }
}
