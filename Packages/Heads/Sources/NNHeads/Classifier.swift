import NNLayers

/// An image classifier: global average pooling of the coarsest feature, dropout, and a dense layer named `fc`.
public final class Classifier: Head {
    public let task = PredictionTask.classification

    @Child var pool: GlobalAveragePool
    @Child var dropout: Dropout
    @Child("fc") var dense: Linear

    /// A classifier for the features of a backbone; traps where it does not fit them.
    /// - Parameters:
    ///   - features: The features of the backbone, from fine to coarse.
    ///   - classes: The number of classes.
    ///   - dropout: The fraction of the pooled features that training drops.
    public convenience init(features: [FeatureInfo], classes: Int, dropout: Float = 0) {
        var options = Options()
        options.dropout = dropout
        let environment = HeadEnvironment(features: features, classCount: classes)
        self.init(
            options, inputChannels: requireOptions("Classifier") { try options.inputChannels(in: environment) },
            classes: classes)
    }

    private init(_ options: Options, inputChannels: Int, classes: Int) {
        pool = GlobalAveragePool()
        dropout = Dropout(probability: options.dropout)
        dense = Linear(inputFeatures: inputChannels, outputFeatures: classes)
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
            Classifier(self, inputChannels: try inputChannels(in: environment), classes: environment.classCount)
        }

        /// The channels of the pooled feature.
        /// - Throws: ``OptionError`` for invalid options, and where there is no feature.
        fileprivate func inputChannels(in environment: HeadEnvironment) throws -> Int {
            try validate()
            return environment.features[try environment.indexOfCoarsest(for: "classifier")].channels
        }
    }
}
