import NNLayers

/// An image classifier: global average pooling of the coarsest feature, dropout, and a dense layer named `fc`.
///
/// It fits every task with one vector of outputs for each image, such as multi-label classification and regression.
public final class Classifier: Head {
    public let task: PredictionTask

    @Child var pool: GlobalAveragePool
    @Child var dropout: Dropout
    @Child("fc") var dense: Linear

    /// A classifier for the features of a backbone; traps where it does not fit them.
    /// - Parameters:
    ///   - features: The features of the backbone, from fine to coarse.
    ///   - classes: The number of classes or outputs.
    ///   - dropout: The fraction of the pooled features that training drops.
    ///   - task: What the outputs are; not dense.
    public init(
        features: [FeatureInfo], classes: Int, dropout: Float = 0, task: PredictionTask = .classification
    ) {
        require(!task.isDense, "Classifier: the task \(task.rawValue) has predictions for each pixel")
        self.task = task
        let channels = requireOptions("Classifier") {
            var options = Options()
            options.dropout = dropout
            return try options.inputChannels(in: HeadEnvironment(features: features, classCount: classes))
        }
        pool = GlobalAveragePool()
        self.dropout = Dropout(probability: dropout)
        dense = Linear(inputFeatures: channels, outputFeatures: classes)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        dense(dropout(pool(features[features.count - 1].map, context), context), context)
    }
}

extension Classifier {
    /// Options of ``Classifier``.
    public struct Options: BuildableOptions {
        /// The fraction of the pooled features that training drops.
        public var dropout: Float = 0

        /// The defaults.
        public init() {}

        public func validate() throws { try check("dropout", dropout, .fractionBelowOne) }

        public func build(_ environment: HeadEnvironment, in registry: Registry) throws -> any Head {
            _ = try inputChannels(in: environment)
            return Classifier(
                features: environment.features, classes: environment.classCount, dropout: dropout,
                task: environment.imageTask)
        }

        /// The channels of the pooled feature.
        /// - Throws: ``OptionError`` for invalid options, and where there is no feature.
        fileprivate func inputChannels(in environment: HeadEnvironment) throws -> Int {
            try validate()
            return environment.features[try environment.indexOfCoarsest(for: "classifier")].channels
        }
    }
}
