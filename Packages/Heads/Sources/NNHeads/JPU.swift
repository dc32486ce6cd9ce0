import NNLayers

/// Joint pyramid upsampling with a decoder like that of DeepLabv3+ (Wu et al. 2019, FastFCN): coarse features are
/// joined at the size of the finest of them, pass separable convolutions of several dilations, and are joined with a
/// finer feature.
public final class JPU: Head {
    public let task = PredictionTask.segmentation

    @Child var laterals: [ConvNormActivation]
    @Child var dilated: [SeparableConv2D]
    @Child var projection: ConvNormActivation
    @Child var lowLevel: ConvNormActivation
    @Child var fuse: SeparableConv2D
    @Child("") var classifier: PixelClassifier

    /// The indices of the joined features, from fine to coarse.
    private let indices: [Int]
    private let lowLevelIndex: Int
    private let interpolation: Interpolation

    /// A decoder for the features of a backbone; traps where it does not fit them.
    /// - Parameters:
    ///   - features: The features of the backbone, from fine to coarse.
    ///   - classes: The number of classes.
    ///   - strides: The strides of the features that are joined at the size of the finest of them.
    ///   - lowLevelStride: The stride of the finer feature that is joined at the end.
    ///   - width: The channels of each joined feature and of each dilated convolution.
    ///   - dilations: The dilations of the separable convolutions.
    ///   - projectionWidth: The channels that the dilated convolutions are reduced to.
    ///   - lowLevelWidth: The channels that the finer feature is reduced to.
    ///   - fuseWidth: The channels of the convolution before the logits.
    ///   - interpolation: How maps and logits are resized.
    ///   - dropout: The fraction of the last map that training drops.
    ///   - style: The settings of the convolutions but the last.
    public convenience init(
        features: [FeatureInfo], classes: Int, strides: [Int] = [8, 16, 32], lowLevelStride: Int = 4,
        width: Int = 512, dilations: [Int] = [1, 2, 4, 8], projectionWidth: Int = 320, lowLevelWidth: Int = 64,
        fuseWidth: Int = 384, interpolation: Interpolation = .nearest, dropout: Float = 0,
        style: ConvolutionStyle = ConvolutionStyle(activation: .mish)
    ) {
        var options = Options()
        options.strides = strides
        options.lowLevelStride = lowLevelStride
        options.width = width
        options.dilations = dilations
        options.projectionWidth = projectionWidth
        options.lowLevelWidth = lowLevelWidth
        options.fuseWidth = fuseWidth
        options.interpolation = interpolation
        options.dropout = dropout
        let environment = HeadEnvironment(features: features, classCount: classes)
        self.init(
            options, requireOptions("JPU") { try options.indices(in: environment) }, in: environment, style: style)
    }

    private init(
        _ options: Options, _ found: (joined: [Int], lowLevel: Int), in environment: HeadEnvironment,
        style: ConvolutionStyle
    ) {
        (indices, lowLevelIndex) = found
        interpolation = options.interpolation
        let (features, width) = (environment.features, options.width)
        func separable(from inputChannels: Int, to outputChannels: Int, dilation: Int) -> SeparableConv2D {
            SeparableConv2D(
                inputChannels: inputChannels, outputChannels: outputChannels, kernel: 3, dilations: Size(dilation),
                style: style, normalizesBetween: true)
        }
        laterals = indices.map { style.block(from: features[$0].channels, to: width, kernel: 3) }
        // Each is activated by itself, which is the same as activating them joined.
        dilated = options.dilations.map { separable(from: options.strides.count * width, to: width, dilation: $0) }
        projection = style.block(from: options.dilations.count * width, to: options.projectionWidth, kernel: 1)
        lowLevel = style.block(from: features[lowLevelIndex].channels, to: options.lowLevelWidth, kernel: 1)
        fuse = separable(
            from: options.projectionWidth + options.lowLevelWidth, to: options.fuseWidth, dilation: 1)
        classifier = PixelClassifier(
            inputChannels: options.fuseWidth, classes: environment.classCount, dropout: options.dropout,
            interpolation: interpolation)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        let maps = zip(laterals, indices).map { $0(features[$1].map, context) }
        let joined = Tensor.concatenated(maps.map { $0.resized(like: maps[0], by: interpolation) }, axis: 3)
        let views = Tensor.concatenated(dilated.map { context.checkpointed([$0], joined) }, axis: 3)
        let low = lowLevel(features[lowLevelIndex].map, context)
        let projected = projection(views, context).resized(like: low, by: interpolation)
        let fused = context.checkpointed([fuse], .concatenated([projected, low], axis: 3))
        return classifier(fused, imageSize: imageSize, context)
    }
}

extension JPU {
    /// Options of ``JPU``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// The strides of the features that are joined at the size of the finest of them.
        var strides = [8, 16, 32]
        /// The stride of the finer feature that is joined at the end.
        var lowLevelStride = 4
        /// The channels of each joined feature and of each dilated convolution.
        var width = 512
        /// The dilations of the separable convolutions.
        var dilations = [1, 2, 4, 8]
        /// The channels that the dilated convolutions are reduced to.
        var projectionWidth = 320
        /// The channels that the finer feature is reduced to.
        var lowLevelWidth = 64
        /// The channels of the convolution before the logits.
        var fuseWidth = 384
        /// How maps and logits are resized.
        var interpolation = Interpolation.nearest
        /// The fraction of the last map that training drops.
        var dropout: Float = 0
        /// The normalization after each convolution but the last, a component of kind `normalization`.
        var normalization: ConfigNode = "batch_norm"
        /// The activation after each normalization, a component of kind `activation`.
        var activation: ConfigNode = "mish"
        /// The initializer of the weights, a component of kind `initializer`.
        var initializer: ConfigNode = "he_normal"

        /// The defaults.
        init() {}

        func validate() throws {
            try check("strides", each: strides, .size)
            try check("low_level_stride", lowLevelStride, .size)
            try check("width", width, .size)
            try check("dilations", each: dilations, .size)
            try check("projection_width", projectionWidth, .size)
            try check("low_level_width", lowLevelWidth, .size)
            try check("fuse_width", fuseWidth, .size)
            try check("dropout", dropout, .fractionBelowOne)
        }

        func build(_ environment: HeadEnvironment, in registry: Registry) throws -> any Head {
            JPU(self, try indices(in: environment), in: environment, style: try style(in: registry))
        }

        /// The indices of the joined features, from fine to coarse, and of the finer one.
        /// - Throws: ``OptionError`` for invalid options and missing features.
        fileprivate func indices(in environment: HeadEnvironment) throws -> (joined: [Int], lowLevel: Int) {
            try validate()
            let found = try environment.indices(ofStrides: [lowLevelStride] + strides, for: "jpu")
            return (found.dropFirst().sorted(), found[0])
        }
    }
}
