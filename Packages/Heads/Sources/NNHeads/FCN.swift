import NNLayers

/// The fully convolutional network (Long et al. 2015): per-pixel logits of one feature, resized to the image, after a
/// few convolutions as in torchvision; named as in MMSegmentation.
public final class FCN: Head {
    public let task = PredictionTask.segmentation

    @Child("convs") var convolutions: Sequential
    @Child("conv_cat") var joining: ConvNormActivation?
    @Child("") var classifier: PixelClassifier
    @Child var skips: [Conv2D]

    private let index: Int
    private let skipIndices: [Int]
    private let interpolation: Interpolation

    /// A decoder for the features of a backbone; traps where it does not fit them.
    /// - Parameters:
    ///   - features: The features of the backbone, from fine to coarse.
    ///   - classes: The number of classes.
    ///   - stride: The stride of the feature that is classified; by default the coarsest. 16 makes the auxiliary head
    ///     that is usual beside another.
    ///   - feature: The index of that feature, instead of its stride, where several have the same stride as in dilated
    ///     backbones.
    ///   - skipStrides: The strides of finer features whose logits are added, from coarse to fine: [16] is FCN-16s,
    ///     [16, 8] is FCN-8s.
    ///   - convolutions: The number of convolutions before the logits.
    ///   - width: The channels of these convolutions; by default a quarter of the feature's.
    ///   - kernel: The size of their kernels; odd.
    ///   - dilation: The dilation of these convolutions.
    ///   - concatenatesInput: Whether one more convolution joins the result with the feature itself.
    ///   - interpolation: How logits are resized.
    ///   - dropout: The fraction of the last map that training drops.
    ///   - style: The settings of the convolutions before the logits.
    public convenience init(
        features: [FeatureInfo], classes: Int, stride: Int? = nil, feature: Int? = nil, skipStrides: [Int] = [],
        convolutions: Int = 1, width: Int? = nil, kernel: Int = 3, dilation: Int = 1, concatenatesInput: Bool = false,
        interpolation: Interpolation = .bilinear, dropout: Float = 0.1, style: ConvolutionStyle = ConvolutionStyle()
    ) {
        var options = Options()
        options.stride = stride
        options.feature = feature
        options.skipStrides = skipStrides
        options.convolutions = convolutions
        options.width = width
        options.kernel = kernel
        options.dilation = dilation
        options.concatenatesInput = concatenatesInput
        options.interpolation = interpolation
        options.dropout = dropout
        let environment = HeadEnvironment(features: features, classCount: classes)
        self.init(
            options, requireOptions("FCN") { try options.indices(in: environment) }, in: environment, style: style)
    }

    private init(
        _ options: Options, _ indices: (main: Int, skips: [Int]), in environment: HeadEnvironment,
        style: ConvolutionStyle
    ) {
        (index, skipIndices) = indices
        interpolation = options.interpolation
        let channels = environment.features[index].channels
        let width = options.convolutions == 0 ? channels : options.width ?? max(channels / 4, 1)
        // Logits of finer features start at zero, so that each adds only what it learns, as in the paper.
        skips = skipIndices.map {
            Conv2D(
                inputChannels: environment.features[$0].channels, outputChannels: environment.classCount, kernel: 1,
                initializer: .zeros)
        }
        convolutions = style.stack(
            from: channels, to: width, count: options.convolutions, kernel: options.kernel, dilation: options.dilation)
        joining =
            options.concatenatesInput ? style.block(from: channels + width, to: width, kernel: options.kernel) : nil
        classifier = PixelClassifier(
            inputChannels: width, classes: environment.classCount, dropout: options.dropout,
            interpolation: interpolation)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        let input = features[index].map
        var map = convolutions(input, context)
        if let joining { map = joining(.concatenated([input, map], axis: 3), context) }
        var logits = classifier.logits(of: map, context)
        for (skip, index) in zip(skips, skipIndices) {
            let finer = skip(features[index].map, context)
            logits = logits.resized(like: finer, by: interpolation) + finer
        }
        return logits.resized(to: imageSize, by: interpolation)
    }
}

extension FCN {
    /// Options of ``FCN``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// The stride of the feature that is classified; by default the coarsest. 16 makes the auxiliary head that is
        /// usual beside another.
        var stride: Int?
        /// The index of that feature, from 0 for the finest, instead of its stride, where several have the same stride
        /// as in dilated backbones.
        var feature: Int?
        /// The strides of finer features whose logits are added, from coarse to fine: [16] is FCN-16s, [16, 8] is
        /// FCN-8s.
        var skipStrides: [Int] = []
        /// The number of convolutions before the logits.
        var convolutions = 1
        /// The channels of these convolutions; by default a quarter of the feature's.
        var width: Int?
        /// The size of their kernels; odd.
        var kernel = 3
        /// The dilation of these convolutions.
        var dilation = 1
        /// Whether one more convolution joins the result with the feature itself.
        var concatenatesInput = false
        /// How logits are resized.
        var interpolation = Interpolation.bilinear
        /// The fraction of the last map that training drops.
        var dropout: Float = 0.1
        /// The normalization after each convolution before the logits, a component of kind `normalization`.
        var normalization: ConfigNode = "batch_norm"
        /// The activation after each normalization, a component of kind `activation`.
        var activation: ConfigNode = "relu"
        /// The initializer of the weights, a component of kind `initializer`.
        var initializer: ConfigNode = "he_normal"

        /// The defaults.
        init() {}

        func validate() throws {
            try check("stride", stride, .size)
            if stride != nil, feature != nil {
                throw OptionError("feature", "cannot be combined with stride; give one of them")
            }
            try check("skip_strides", each: skipStrides, .size, isEmptyAllowed: true)
            try check("convolutions", convolutions, in: 0...64)
            try check("width", width, .size)
            try check("kernel", oddKernel: kernel)
            try check("dilation", dilation, .size)
            try check("dropout", dropout, .fractionBelowOne)
        }

        func build(_ environment: HeadEnvironment, in registry: Registry) throws -> any Head {
            FCN(self, try indices(in: environment), in: environment, style: try style(in: registry))
        }

        /// The indices of the feature that is classified, and of the finer ones whose logits are added.
        /// - Throws: ``OptionError`` for invalid options and missing features.
        fileprivate func indices(in environment: HeadEnvironment) throws -> (main: Int, skips: [Int]) {
            try validate()
            let coarsest = try environment.indexOfCoarsest(for: "fcn")
            let index = try feature ?? environment.index(ofStride: stride, for: "fcn")
            guard (0...coarsest).contains(index) else {
                throw environment.refusal(
                    of: "fcn", needing: "a feature \(index)", offer: "features 0 to \(coarsest)")
            }
            return (index, try environment.indices(ofStrides: skipStrides, for: "fcn", option: "skip_strides"))
        }
    }
}
