import NNLayers

/// The decoder of ``SegNet`` and ``UpsampleHead``: dropout on the coarsest map, then for each finer feature enlarging
/// to its size and a stack of 3x3 convolutions.
final class StagedDecoder: Module {
    @Child var dropout: Dropout
    @Child var stages: [Sequential]
    @Child("") var classifier: PixelClassifier

    /// The index of the feature that each stage enlarges to.
    private let indices: [Int]

    init(
        _ layout: Layout, _ options: some StagedDecoderOptions, classes: Int, interpolation: Interpolation,
        style: ConvolutionStyle
    ) {
        dropout = Dropout(probability: options.dropout)
        indices = layout.indices
        let widths = [layout.inputChannels] + layout.widths
        stages = zip(zip(widths, layout.widths), layout.convolutions).map { channels, count in
            style.stack(from: channels.0, to: channels.1, count: count, narrows: options.narrows)
        }
        classifier = PixelClassifier(
            inputChannels: widths[widths.count - 1], classes: classes, kernel: options.classifierKernel,
            hasBias: options.classifierBias, interpolation: interpolation)
    }

    /// Returns logits `[N, H, W, classes]` at the size of the images.
    /// - Parameter enlarge: Resizes a map to the size of a feature.
    func callAsFunction(
        _ features: [Feature], imageSize: Size, _ context: Context, enlarge: (Tensor, Feature) -> Tensor
    ) -> Tensor {
        var map = dropout(features[features.count - 1].map, context)
        for (stage, index) in zip(stages, indices) {
            map = context.checkpointed([stage], enlarge(map, features[index]))
        }
        return classifier(map, imageSize: imageSize, context)
    }
}

extension StagedDecoder {
    /// The stages of a decoder, from coarse to fine.
    struct Layout {
        /// The channels of the coarsest map.
        var inputChannels: Int
        /// The index of the feature that each stage enlarges to.
        var indices: [Int]
        /// The channels of each stage.
        var widths: [Int]
        /// The number of convolutions in each stage.
        var convolutions: [Int]

        /// The mirror image of an encoder that resembles VGG16: each stage has the width of the next finer feature,
        /// and the last convolution of VGG16 in this order is the classifier.
        init(features: [FeatureInfo], indices: [Int]) {
            self.indices = indices
            inputChannels = features.last?.channels ?? 0
            widths = (indices.dropFirst() + indices.suffix(1)).map { features[$0].channels }
            convolutions = indices.indices.map { min(indices.count - $0, 3) }
        }
    }
}

/// Options that both decoders have.
protocol StagedDecoderOptions: ConvolutionOptions {
    var convolutions: [Int]? { get }
    var narrows: NarrowingLayer { get }
    var dropout: Float { get }
    var classifierKernel: Int { get }
    var classifierBias: Bool { get }
}

extension StagedDecoderOptions {
    func validateDecoder() throws(OptionError) {
        for count in convolutions ?? [] { try check("convolutions", count, in: 1...64) }
        try check("dropout", dropout, .fractionBelowOne)
        try check("classifier_kernel", oddKernel: classifierKernel)
    }

    /// A mirrored layout, with the number of convolutions that the options give.
    /// - Throws: ``OptionError`` where the options are for another number of stages.
    func layout(of features: [FeatureInfo], indices: [Int]) throws(OptionError) -> StagedDecoder.Layout {
        var layout = StagedDecoder.Layout(features: features, indices: indices)
        if let convolutions {
            try check("convolutions", convolutions, stageCount: indices.count)
            layout.convolutions = convolutions
        }
        return layout
    }
}
