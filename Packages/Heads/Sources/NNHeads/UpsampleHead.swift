import NNLayers

/// A decoder that enlarges the coarsest map step by step to the size of each finer feature, with convolutions between:
/// ``SegNet`` without pooling indices, for any backbone.
public final class UpsampleHead: Head {
    public let task = PredictionTask.segmentation

    @Child("") var decoder: StagedDecoder

    private let interpolation: Interpolation

    /// A decoder for the features of a backbone; traps where it does not fit them.
    /// - Parameters:
    ///   - features: The features of the backbone, from fine to coarse.
    ///   - classes: The number of classes.
    ///   - convolutions: The number of convolutions in each stage, from coarse to fine; by default those of SegNet.
    ///   - widths: The channels of each stage, from coarse to fine; by default those of the next finer feature.
    ///   - narrows: The convolution of a stage that changes the number of channels.
    ///   - interpolation: How maps and logits are resized.
    ///   - dropout: The fraction of the coarsest map that training drops.
    ///   - classifierKernel: The size of the last convolution's kernel; odd.
    ///   - classifierBias: Whether the last convolution has a bias.
    ///   - style: The settings of the other convolutions.
    public convenience init(
        features: [FeatureInfo], classes: Int, convolutions: [Int]? = nil, widths: [Int]? = nil,
        narrows: NarrowingLayer = .last, interpolation: Interpolation = .nearest, dropout: Float = 0,
        classifierKernel: Int = 3, classifierBias: Bool = true, style: ConvolutionStyle = ConvolutionStyle()
    ) {
        var options = Options()
        options.convolutions = convolutions
        options.widths = widths
        options.narrows = narrows
        options.interpolation = interpolation
        options.dropout = dropout
        options.classifierKernel = classifierKernel
        options.classifierBias = classifierBias
        let environment = HeadEnvironment(features: features, classCount: classes)
        self.init(
            options, requireOptions("UpsampleHead") { try options.layout(in: environment) }, classes: classes,
            style: style)
    }

    private init(_ options: Options, _ layout: StagedDecoder.Layout, classes: Int, style: ConvolutionStyle) {
        interpolation = options.interpolation
        decoder = StagedDecoder(
            layout, options, classes: classes, interpolation: options.interpolation, style: style)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        decoder(features, imageSize: imageSize, context) { map, feature in
            map.resized(like: feature.map, by: interpolation)
        }
    }
}

extension UpsampleHead {
    /// Options of ``UpsampleHead``.
    struct Options: BuildableOptions, StagedDecoderOptions {
        /// The number of convolutions in each stage, from coarse to fine; by default those of SegNet.
        var convolutions: [Int]?
        /// The channels of each stage, from coarse to fine; by default those of the next finer feature.
        var widths: [Int]?
        /// The convolution of a stage that changes the number of channels.
        var narrows = NarrowingLayer.last
        /// How maps and logits are resized.
        var interpolation = Interpolation.nearest
        /// The fraction of the coarsest map that training drops.
        var dropout: Float = 0
        /// The size of the last convolution's kernel; odd.
        var classifierKernel = 3
        /// Whether the last convolution has a bias.
        var classifierBias = true
        /// Whether the other convolutions have a bias although a normalization follows.
        var convBias = false
        /// The normalization after each convolution but the last, a component of kind `normalization`.
        var normalization: ConfigNode = "batch_norm"
        /// The activation after each normalization, a component of kind `activation`.
        var activation: ConfigNode = "relu"
        /// The initializer of the weights, a component of kind `initializer`.
        var initializer: ConfigNode = "he_normal"

        /// The defaults.
        init() {}

        func validate() throws {
            try validateDecoder()
            try check("widths", each: widths ?? [], .size, isEmptyAllowed: true)
        }

        func build(_ environment: HeadEnvironment, in registry: Registry) throws -> any Head {
            UpsampleHead(
                self, try layout(in: environment), classes: environment.classCount,
                style: try style(hasBias: convBias, in: registry))
        }

        /// The stages of the decoder.
        /// - Throws: ``OptionError`` for invalid options, and where they are for another number of stages.
        fileprivate func layout(in environment: HeadEnvironment) throws -> StagedDecoder.Layout {
            try validate()
            let indices = 0..<(try environment.indexOfCoarsest(for: "upsample"))
            if let widths { try check("widths", widths, stageCount: indices.count) }
            var layout = try layout(of: environment.features, indices: indices.reversed())
            layout.widths = widths ?? layout.widths
            return layout
        }
    }
}
