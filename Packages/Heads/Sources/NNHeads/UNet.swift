import NNLayers

/// A decoder that enlarges the coarsest map step by step, and joins it with each finer feature by convolutions
/// (Ronneberger et al. 2015), for any backbone.
public final class UNet: Head {
    public let task = PredictionTask.segmentation

    @Child var stages: [Sequential]
    @Child("") var classifier: PixelClassifier

    private let interpolation: Interpolation

    /// A decoder for the features of a backbone; traps where it does not fit them.
    /// - Parameters:
    ///   - features: The features of the backbone, from fine to coarse.
    ///   - classes: The number of classes.
    ///   - widths: The channels of each stage, from coarse to fine; by default those of the feature that it joins, as
    ///     in the paper.
    ///   - convolutions: The number of convolutions in each stage.
    ///   - interpolation: How maps and logits are resized.
    ///   - dropout: The fraction of the last map that training drops.
    ///   - style: The settings of the convolutions but the last.
    public convenience init(
        features: [FeatureInfo], classes: Int, widths: [Int]? = nil, convolutions: Int = 2,
        interpolation: Interpolation = .nearest, dropout: Float = 0, style: ConvolutionStyle = ConvolutionStyle()
    ) {
        var options = Options()
        options.widths = widths
        options.convolutions = convolutions
        options.interpolation = interpolation
        options.dropout = dropout
        let environment = HeadEnvironment(features: features, classCount: classes)
        self.init(
            options, requireOptions("UNet") { try options.layout(in: environment) }, classes: classes, style: style)
    }

    private init(_ options: Options, _ layout: Layout, classes: Int, style: ConvolutionStyle) {
        interpolation = options.interpolation
        let inputs = [layout.inputChannels] + layout.widths
        stages = zip(zip(inputs, layout.joined), layout.widths).map { inputs, width in
            style.stack(from: inputs.0 + inputs.1, to: width, count: options.convolutions)
        }
        classifier = PixelClassifier(
            inputChannels: inputs[inputs.count - 1], classes: classes, dropout: options.dropout,
            interpolation: interpolation)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        var map = features[features.count - 1].map
        for (stage, feature) in zip(stages, features.dropLast().reversed()) {
            let enlarged = map.resized(like: feature.map, by: interpolation)
            map = stage(.concatenated([enlarged, feature.map], axis: 3), context)
        }
        return classifier(map, imageSize: imageSize, context)
    }
}

extension UNet {
    fileprivate typealias Layout = (inputChannels: Int, joined: [Int], widths: [Int])

    /// Options of ``UNet``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// The channels of each stage, from coarse to fine; by default those of the feature that it joins, as in the
        /// paper.
        var widths: [Int]?
        /// The number of convolutions in each stage.
        var convolutions = 2
        /// How maps and logits are resized.
        var interpolation = Interpolation.nearest
        /// The fraction of the last map that training drops.
        var dropout: Float = 0
        /// The normalization after each convolution but the last, a component of kind `normalization`.
        var normalization: ConfigNode = "batch_norm"
        /// The activation after each normalization, a component of kind `activation`.
        var activation: ConfigNode = "relu"
        /// The initializer of the weights, a component of kind `initializer`.
        var initializer: ConfigNode = "he_normal"

        /// The defaults.
        init() {}

        func validate() throws {
            try check("widths", each: widths ?? [], .size, isEmptyAllowed: true)
            try check("convolutions", convolutions, in: 1...64)
            try check("dropout", dropout, .fractionBelowOne)
        }

        func build(_ environment: HeadEnvironment, in registry: Registry) throws -> any Head {
            UNet(self, try layout(in: environment), classes: environment.classCount, style: try style(in: registry))
        }

        /// The channels of the coarsest feature, and of the joined feature and the result of each stage.
        /// - Throws: ``OptionError`` for invalid options, and where they are for another number of stages.
        fileprivate func layout(in environment: HeadEnvironment) throws -> Layout {
            try validate()
            let coarsest = try environment.indexOfCoarsest(for: "unet")
            let channels = environment.features.map(\.channels)
            let joined = Array(channels.dropLast().reversed())
            if let widths { try check("widths", widths, stageCount: joined.count) }
            return (channels[coarsest], joined, widths ?? joined)
        }
    }
}
