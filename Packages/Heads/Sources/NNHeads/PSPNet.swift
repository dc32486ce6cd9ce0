import NNLayers

/// The pyramid scene parsing network (Zhao et al. 2017): per-pixel logits of one feature with pyramid-pooled context;
/// named as in MMSegmentation.
public final class PSPNet: Head {
    public let task = PredictionTask.segmentation

    @Child("") var pyramid: PyramidPooling
    @Child("") var classifier: PixelClassifier

    private let index: Int

    /// A decoder for the features of a backbone; traps where it does not fit them.
    /// - Parameters:
    ///   - features: The features of the backbone, from fine to coarse.
    ///   - classes: The number of classes.
    ///   - stride: The stride of the feature that is pooled; by default the coarsest.
    ///   - bins: The number of regions along each axis, one for each level of the pyramid.
    ///   - width: The channels of each level and of the result; by default a quarter of the feature's.
    ///   - interpolation: How maps and logits are resized.
    ///   - dropout: The fraction of the last map that training drops.
    ///   - style: The settings of the convolutions but the last.
    public convenience init(
        features: [FeatureInfo], classes: Int, stride: Int? = nil, bins: [Int] = [1, 2, 3, 6], width: Int? = nil,
        interpolation: Interpolation = .bilinear, dropout: Float = 0.1, style: ConvolutionStyle = ConvolutionStyle()
    ) {
        var options = Options()
        options.stride = stride
        options.bins = bins
        options.width = width
        options.interpolation = interpolation
        options.dropout = dropout
        let environment = HeadEnvironment(features: features, classCount: classes)
        self.init(
            options, index: requireOptions("PSPNet") { try options.index(in: environment) }, in: environment,
            style: style)
    }

    private init(_ options: Options, index: Int, in environment: HeadEnvironment, style: ConvolutionStyle) {
        self.index = index
        let channels = environment.features[index].channels
        let width = options.width ?? max(channels / 4, 1)
        pyramid = PyramidPooling(
            inputChannels: channels, bins: options.bins, width: width, interpolation: options.interpolation,
            style: style)
        classifier = PixelClassifier(
            inputChannels: width, classes: environment.classCount, dropout: options.dropout,
            interpolation: options.interpolation)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        classifier(pyramid(features[index].map, context), imageSize: imageSize, context)
    }
}

extension PSPNet {
    /// Options of ``PSPNet``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// The stride of the feature that is pooled; by default the coarsest.
        var stride: Int?
        /// The number of regions along each axis, one for each level of the pyramid.
        var bins = [1, 2, 3, 6]
        /// The channels of each level and of the result; by default a quarter of the feature's.
        var width: Int?
        /// How maps and logits are resized.
        var interpolation = Interpolation.bilinear
        /// The fraction of the last map that training drops.
        var dropout: Float = 0.1
        /// The normalization after each convolution but the last, a component of kind `normalization`.
        var normalization: ConfigNode = "batch_norm"
        /// The activation after each normalization, a component of kind `activation`.
        var activation: ConfigNode = "relu"
        /// The initializer of the weights, a component of kind `initializer`.
        var initializer: ConfigNode = "he_normal"

        /// The defaults.
        init() {}

        func validate() throws {
            try check("stride", stride, .size)
            try check("bins", each: bins, .size)
            try check("width", width, .size)
            try check("dropout", dropout, .fractionBelowOne)
        }

        func build(_ environment: HeadEnvironment, in registry: Registry) throws -> any Head {
            PSPNet(self, index: try index(in: environment), in: environment, style: try style(in: registry))
        }

        /// The index of the feature that is pooled.
        /// - Throws: ``OptionError`` for invalid options and a missing feature.
        fileprivate func index(in environment: HeadEnvironment) throws -> Int {
            try validate()
            return try environment.index(ofStride: stride, for: "pspnet")
        }
    }
}
