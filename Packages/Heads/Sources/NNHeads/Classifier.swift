import NNLayers

/// An image classifier: pooling of all pixels of the coarsest feature, dropout, and a dense layer named `fc`.
///
/// It fits every task with one vector of outputs for each image, such as multi-label classification and regression.
public final class Classifier: Head {
    public let task: PredictionTask

    @Child var neck: Sequential?
    @Child var pool: any Layer
    @Child var dropout: Dropout
    @Child("fc") var dense: Linear

    /// A classifier for the features of a backbone; traps where it does not fit them.
    /// - Parameters:
    ///   - features: The features of the backbone, from fine to coarse.
    ///   - classes: The number of classes or outputs.
    ///   - dropout: The fraction of the pooled features that training drops.
    ///   - task: What the outputs are; not dense.
    ///   - neck: Makes layers between the feature and the pooling, for the channels of the feature; by default none.
    ///   - pooling: Makes the pooling of all pixels, `[N, H, W, C]` to `[N, C]`; by default their mean.
    public convenience init(
        features: [FeatureInfo], classes: Int, dropout: Float = 0, task: PredictionTask = .classification,
        neck: (_ channels: Int) -> [ImageLayer] = { _ in [] },
        pooling: (_ channels: Int) -> any Layer = { _ in GlobalAveragePool() }
    ) {
        var options = Options()
        options.dropout = dropout
        let environment = HeadEnvironment(features: features, classCount: classes)
        let channels = requireOptions("Classifier") { try options.inputChannels(in: environment) }
        self.init(
            options, inputChannels: channels, classes: classes, task: task, neck: neck(channels), pooling: pooling)
    }

    private init(
        _ options: Options, inputChannels: Int, classes: Int, task: PredictionTask, neck: [ImageLayer],
        pooling: (Int) -> any Layer
    ) {
        require(!task.isDense, "Classifier: the task \(task.rawValue) has predictions for each pixel")
        self.task = task
        let channels = neck.last?.channels ?? inputChannels
        self.neck = neck.isEmpty ? nil : Sequential(neck.map(\.layer))
        pool = pooling(channels)
        dropout = Dropout(probability: options.dropout)
        dense = Linear(inputFeatures: channels, outputFeatures: classes)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        var map = features[features.count - 1].map
        if let neck { map = neck(map, context) }
        return dense(dropout(pool(map, context), context), context)
    }
}

extension Classifier {
    /// Options of ``Classifier``.
    struct Options: BuildableOptions {
        /// The fraction of the pooled features that training drops.
        var dropout: Float = 0
        /// Layers between the feature and the pooling, components of kind `layer`, with batch norm and ReLU.
        var neck: [ImageLayer.Named] = []
        /// The pooling of all pixels, a component of kind `pooling`.
        var pooling: Component<Void, (_ channels: Int) -> any Layer> = "average"

        /// The defaults.
        init() {}

        func validate() throws { try check("dropout", dropout, .fractionBelowOne) }

        mutating func resolveComponents(in registry: Registry) throws {
            neck = try registry.resolve(neck)
            pooling = try registry.resolve(.pooling, pooling)
        }

        func build(_ environment: HeadEnvironment, in registry: Registry) throws -> any Head {
            let channels = try inputChannels(in: environment)
            return Classifier(
                self, inputChannels: channels, classes: environment.classCount, task: environment.imageTask,
                neck: try registry.build(neck, LayerEnvironment(channels: channels)),
                pooling: try registry.build(.pooling, pooling))
        }

        /// The channels of the pooled feature.
        /// - Throws: ``OptionError`` for invalid options, and where there is no feature.
        fileprivate func inputChannels(in environment: HeadEnvironment) throws -> Int {
            try validate()
            return environment.features[try environment.indexOfCoarsest(for: "classifier")].channels
        }
    }
}
