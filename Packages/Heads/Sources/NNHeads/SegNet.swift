import NNLayers

/// A decoder that unpools: values return to where the encoder's poolings found the maxima, and convolutions fill the
/// zeros between them (Badrinarayanan et al. 2017).
///
/// It needs a backbone whose features, except the coarsest, come with pooling indices.
public final class SegNet: Head {
    public let task = PredictionTask.segmentation

    @Child("") var decoder: StagedDecoder

    /// A decoder for the features of a backbone; traps where it does not fit them.
    /// - Parameters:
    ///   - features: The features of the backbone, from fine to coarse.
    ///   - classes: The number of classes.
    ///   - convolutions: The number of convolutions in each stage, from coarse to fine; by default 3, and 2 and 1 in
    ///     the last two stages, as in the paper.
    ///   - narrows: The convolution of a stage that changes the number of channels.
    ///   - dropout: The fraction of the coarsest map that training drops.
    ///   - classifierKernel: The size of the last convolution's kernel; odd.
    ///   - classifierBias: Whether the last convolution has a bias.
    ///   - style: The settings of the other convolutions.
    public convenience init(
        features: [FeatureInfo], classes: Int, convolutions: [Int]? = nil, narrows: NarrowingLayer = .last,
        dropout: Float = 0, classifierKernel: Int = 3, classifierBias: Bool = true,
        style: ConvolutionStyle = ConvolutionStyle()
    ) {
        var options = Options()
        options.convolutions = convolutions
        options.narrows = narrows
        options.dropout = dropout
        options.classifierKernel = classifierKernel
        options.classifierBias = classifierBias
        let environment = HeadEnvironment(features: features, classCount: classes)
        let layout = requireOptions("SegNet") { try options.layout(in: environment) }
        self.init(StagedDecoder(layout, options, classes: classes, interpolation: .nearest, style: style))
    }

    private init(_ decoder: StagedDecoder) { self.decoder = decoder }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        decoder(features, imageSize: imageSize, context) { map, feature in
            guard let indices = feature.poolingIndices else {
                trap("SegNet: the feature \(feature.map.shape) comes without pooling indices")
            }
            return map.maxUnpooled(indices: indices, outputSize: feature.map.imageSize)
        }
    }
}

extension SegNet {
    /// Options of ``SegNet``.
    struct Options: BuildableOptions, StagedDecoderOptions {
        /// The number of convolutions in each stage, from coarse to fine; by default 3, and 2 and 1 in the last two
        /// stages, as in the paper.
        var convolutions: [Int]?
        /// The convolution of a stage that changes the number of channels.
        var narrows = NarrowingLayer.last
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

        func validate() throws { try validateDecoder() }

        func build(_ environment: HeadEnvironment, in registry: Registry) throws -> any Head {
            let (layout, style) = (try layout(in: environment), try style(hasBias: convBias, in: registry))
            return SegNet(
                StagedDecoder(layout, self, classes: environment.classCount, interpolation: .nearest, style: style))
        }

        /// The stages of the decoder.
        /// - Throws: ``OptionError`` for invalid options, and for features that come without pooling indices.
        fileprivate func layout(in environment: HeadEnvironment) throws -> StagedDecoder.Layout {
            try validate()
            let features = environment.features
            let deepest = features[try environment.indexOfCoarsest(for: "segnet")]
            let indices = features.indices.filter { features[$0].hasPoolingIndices }
            let offered = indices.map { features[$0].stride }
            let needed = Array(sequence(first: offered.first ?? 1) { 2 * $0 }.prefix { $0 < deepest.stride })
            guard let coarsest = indices.last.map({ features[$0] }), offered == needed else {
                throw environment.refusal(
                    of: "segnet", needing: "pooling indices at strides \(listed(needed))",
                    offer: offered.isEmpty ? "none" : "them at \(listed(offered))")
            }
            guard coarsest.channels == deepest.channels else {
                throw environment.refusal(
                    of: "segnet", needing: "as many channels at stride \(deepest.stride) as at \(coarsest.stride)",
                    offer: "\(deepest.channels) and \(coarsest.channels)")
            }
            return try layout(of: features, indices: indices.reversed())
        }
    }
}

/// Numbers as messages show them: `1, 2, 4`.
private func listed(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ", ") }
