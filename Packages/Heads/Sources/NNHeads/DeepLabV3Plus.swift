import NNLayers

/// A pyramid of dilated convolutions on a coarse feature, and a decoder that joins it with a finer one (Chen et al.
/// 2018); named as in MMSegmentation.
public final class DeepLabV3Plus: Head {
    public let task = PredictionTask.segmentation

    @Child("") var pyramid: AtrousPyramid
    @Child("c1_bottleneck") var lowLevel: ConvNormActivation
    @Child("sep_bottleneck") var fuse: Sequential
    @Child("") var classifier: PixelClassifier

    private let index: Int
    private let lowLevelIndex: Int
    private let interpolation: Interpolation

    /// A decoder for the features of a backbone; traps where it does not fit them.
    /// - Parameters:
    ///   - features: The features of the backbone, from fine to coarse.
    ///   - classes: The number of classes.
    ///   - stride: The stride of the feature that the pyramid takes; by default the coarsest.
    ///   - lowLevelStride: The stride of the finer feature, which restores edges.
    ///   - rates: The dilations of the pyramid's 3x3 convolutions, beside one of 1x1.
    ///   - imagePooling: Whether the mean of the whole map is a branch of the pyramid.
    ///   - width: The channels of each branch of the pyramid and of the decoder.
    ///   - lowLevelWidth: The channels that the finer feature is reduced to.
    ///   - projectionKernel: The size of the kernel that joins the branches of the pyramid: 1 as in the paper, 3 as in
    ///     MMSegmentation; odd.
    ///   - separable: Whether 3x3 convolutions are separable.
    ///   - interpolation: How maps and logits are resized.
    ///   - dropout: The fraction of the last map that training drops.
    ///   - style: The settings of the convolutions but the last.
    public convenience init(
        features: [FeatureInfo], classes: Int, stride: Int? = nil, lowLevelStride: Int = 4, rates: [Int] = [6, 12, 18],
        imagePooling: Bool = true, width: Int = 256, lowLevelWidth: Int = 48, projectionKernel: Int = 1,
        separable: Bool = true, interpolation: Interpolation = .bilinear, dropout: Float = 0.1,
        style: ConvolutionStyle = ConvolutionStyle()
    ) {
        var options = Options()
        options.stride = stride
        options.lowLevelStride = lowLevelStride
        options.rates = rates
        options.imagePooling = imagePooling
        options.width = width
        options.lowLevelWidth = lowLevelWidth
        options.projectionKernel = projectionKernel
        options.separable = separable
        options.interpolation = interpolation
        options.dropout = dropout
        let environment = HeadEnvironment(features: features, classCount: classes)
        self.init(
            options, requireOptions("DeepLabV3Plus") { try options.indices(in: environment) }, in: environment,
            style: style)
    }

    private init(
        _ options: Options, _ indices: (coarse: Int, lowLevel: Int), in environment: HeadEnvironment,
        style: ConvolutionStyle
    ) {
        (index, lowLevelIndex) = indices
        interpolation = options.interpolation
        let (width, lowLevelWidth, separable) = (options.width, options.lowLevelWidth, options.separable)
        pyramid = AtrousPyramid(
            inputChannels: environment.features[index].channels, rates: options.rates,
            imagePooling: options.imagePooling, width: width, projectionKernel: options.projectionKernel,
            separable: separable, style: style)
        lowLevel = style.block(from: environment.features[lowLevelIndex].channels, to: lowLevelWidth, kernel: 1)
        fuse = Sequential(
            style.convolution3x3(from: width + lowLevelWidth, to: width, separable: separable),
            style.convolution3x3(from: width, to: width, separable: separable))
        classifier = PixelClassifier(
            inputChannels: width, classes: environment.classCount, dropout: options.dropout,
            interpolation: interpolation)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        let low = lowLevel(features[lowLevelIndex].map, context)
        let coarse = pyramid(features[index].map, context).resized(like: low, by: interpolation)
        let fused = fuse(.concatenated([coarse, low], axis: 3), context)
        return classifier(fused, imageSize: imageSize, context)
    }
}

/// Atrous spatial pyramid pooling (Chen et al. 2017): convolutions of several dilations and the mean of the whole map,
/// side by side; named as in MMSegmentation.
final class AtrousPyramid: Layer {
    @Child var imagePool: Sequential?
    @Child("aspp_modules") var branches: [any Layer]
    @Child var bottleneck: ConvNormActivation

    init(
        inputChannels: Int, rates: [Int], imagePooling: Bool, width: Int, projectionKernel: Int, separable: Bool,
        style: ConvolutionStyle
    ) {
        imagePool =
            imagePooling
            ? Sequential(AdaptiveAveragePool2D(size: 1), style.block(from: inputChannels, to: width, kernel: 1)) : nil
        let branchCount = rates.count + (imagePooling ? 2 : 1)
        bottleneck = style.block(from: branchCount * width, to: width, kernel: projectionKernel)
        branches =
            [style.block(from: inputChannels, to: width, kernel: 1)]
            + rates.map { style.convolution3x3(from: inputChannels, to: width, dilation: $0, separable: separable) }
    }

    var isCheckpointed: Bool { true }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        // The mean is a single pixel, which every interpolation repeats; nearest is the cheapest.
        let image = imagePool.map { [$0(input, context).resized(like: input, by: .nearest)] } ?? []
        return bottleneck(.concatenated(image + branches.map { $0(input, context) }, axis: 3), context)
    }
}

extension ConvolutionStyle {
    /// A 3x3 convolution that keeps the size, separable or not, with MMSegmentation's names.
    fileprivate func convolution3x3(
        from inputChannels: Int, to outputChannels: Int, dilation: Int = 1, separable: Bool
    ) -> any Layer {
        guard separable else { return block(from: inputChannels, to: outputChannels, kernel: 3, dilation: dilation) }
        return SeparableConv2D(
            inputChannels: inputChannels, outputChannels: outputChannels, kernel: 3, dilations: Size(dilation),
            style: self, normalizesBetween: true, activatesBetween: true,
            names: SeparableConv2D.Names(
                depthwise: "depthwise_conv.conv", between: "depthwise_conv.bn", pointwise: "pointwise_conv.conv",
                after: "pointwise_conv.bn"))
    }
}

extension DeepLabV3Plus {
    /// Options of ``DeepLabV3Plus``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// The stride of the feature that the pyramid takes; by default the coarsest.
        var stride: Int?
        /// The stride of the finer feature, which restores edges.
        var lowLevelStride = 4
        /// The dilations of the pyramid's 3x3 convolutions, beside one of 1x1.
        var rates = [6, 12, 18]
        /// Whether the mean of the whole map is a branch of the pyramid.
        var imagePooling = true
        /// The channels of each branch of the pyramid and of the decoder.
        var width = 256
        /// The channels that the finer feature is reduced to.
        var lowLevelWidth = 48
        /// The size of the kernel that joins the branches of the pyramid: 1 as in the paper, 3 as in MMSegmentation;
        /// odd.
        var projectionKernel = 1
        /// Whether 3x3 convolutions are separable.
        var separable = true
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
            try check("low_level_stride", lowLevelStride, .size)
            try check("rates", each: rates, .size, isEmptyAllowed: true)
            try check("width", width, .size)
            try check("low_level_width", lowLevelWidth, .size)
            try check("projection_kernel", oddKernel: projectionKernel)
            try check("dropout", dropout, .fractionBelowOne)
        }

        func build(_ environment: HeadEnvironment, in registry: Registry) throws -> any Head {
            DeepLabV3Plus(self, try indices(in: environment), in: environment, style: try style(in: registry))
        }

        /// The indices of the pyramid's feature and of the finer one.
        /// - Throws: ``OptionError`` for invalid options and missing features.
        fileprivate func indices(in environment: HeadEnvironment) throws -> (coarse: Int, lowLevel: Int) {
            try validate()
            let index = try environment.index(ofStride: stride, for: "deeplabv3plus")
            let lowLevel = environment.features.lastIndex { $0.stride == lowLevelStride }
            guard let lowLevel, lowLevel < index else {
                throw environment.refusal(
                    of: "deeplabv3plus", needing: "a feature at stride \(lowLevelStride) and a coarser one")
            }
            return (index, lowLevel)
        }
    }
}
