import NNLayers

/// An image classifier by generalized means (Radenović et al. 2018): each channel of the coarsest feature is pooled by
/// mean(x^p)^(1/p), with p learned, between the average for 1 and the maximum for infinity. It takes the task of the data
/// set, so that it predicts numbers as well.
public final class GeneralizedMeanClassifier: Head {
    public let task: PredictionTask

    /// `[1]`: p.
    @Parameter public var exponent: Tensor
    @Child("fc") var dense: Linear

    /// A classifier for the features of a backbone; traps where it does not fit them.
    /// - Parameters:
    ///   - features: The features of the backbone, from fine to coarse.
    ///   - classes: The number of classes or outputs.
    ///   - exponent: The initial p, positive.
    ///   - task: What the outputs are.
    public init(
        features: [FeatureInfo], classes: Int, exponent: Float = 3, task: PredictionTask = .classification
    ) {
        self.task = task
        let channels = requireOptions("GeneralizedMeanClassifier") {
            var options = Options()
            options.exponent = exponent
            return try options.inputChannels(in: HeadEnvironment(features: features, classCount: classes))
        }
        self.exponent = Tensor([exponent])
        dense = Linear(inputFeatures: channels, outputFeatures: classes)
    }

    /// Makes logits `[N, classes]`; powers are calculated in float32.
    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        let map = features[features.count - 1].map
        // Powers of negative numbers are not real; the bound also keeps gradients finite.
        let positive = map.cast(to: .float32).clamped(min: 1e-3)
        let pooled = positive.power(exponent).mean(axes: [1, 2]).power(exponent.reciprocal())
        return dense(pooled.cast(to: map.dataType), context)
    }
}

extension GeneralizedMeanClassifier {
    /// Options of ``GeneralizedMeanClassifier``.
    public struct Options: BuildableOptions {
        /// The initial p: 1 averages, large values take the maximum.
        public var exponent: Float = 3

        /// The defaults.
        public init() {}

        public func validate() throws { try check("exponent", exponent, .positive) }

        public func build(_ environment: HeadEnvironment, in registry: Registry) throws -> any Head {
            _ = try inputChannels(in: environment)
            return GeneralizedMeanClassifier(
                features: environment.features, classes: environment.classCount, exponent: exponent,
                task: environment.imageTask)
        }

        /// The channels of the pooled feature.
        /// - Throws: `OptionError` for invalid options, and where there is no feature.
        fileprivate func inputChannels(in environment: HeadEnvironment) throws -> Int {
            try validate()
            return environment.features[try environment.indexOfCoarsest(for: "generalized_mean")].channels
        }
    }
}
