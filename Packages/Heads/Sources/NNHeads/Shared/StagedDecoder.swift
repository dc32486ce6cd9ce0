import NNLayers

/// What SegNet and its twin without pooling indices have in common: dropout on the deepest map, then a
/// stack of 3x3 convolutions for each finer feature, after the map was brought to its size.
final class StagedDecoder: Module {
    @Child var dropout: Dropout
    @Child var stages: [Sequential]
    @Child("") var classifier: PixelClassifier

    /// - Parameters:
    ///   - widths: The channels that come out of each stage, from coarse to fine.
    ///   - convolutions: The number of convolutions of each stage.
    init(
        inputChannels: Int, widths: [Int], convolutions: [Int], classCount: Int, options: some StagedDecoderOptions,
        interpolation: Interpolation, style: ConvolutionStyle
    ) {
        dropout = Dropout(probability: options.dropout)
        stages = zip(zip([inputChannels] + widths, widths), convolutions).map { channels, count in
            style.stack(from: channels.0, to: channels.1, count: count, narrows: options.narrows)
        }
        classifier = PixelClassifier(
            inputChannels: widths.last ?? inputChannels, classCount: classCount,
            kernel: options.classifierKernel, hasBias: options.classifierBias, interpolation: interpolation)
    }

    /// - Parameters:
    ///   - joined: The feature that each stage comes to, from coarse to fine.
    ///   - enlarge: Brings a map to the size of a feature.
    func callAsFunction(
        _ deepest: Tensor, joined: [Feature], imageSize: Size, _ context: Context,
        enlarge: (Tensor, Feature) -> Tensor
    ) -> Tensor {
        var map = dropout(deepest, context)
        for (stage, feature) in zip(stages, joined) { map = stage(enlarge(map, feature), context) }
        return classifier(map, imageSize: imageSize, context)
    }

    /// The width of each stage that mirrors the encoder: the channels of the next finer feature.
    static func mirroredWidths(joined: [FeatureInfo]) -> [Int] {
        zip(joined, joined.dropFirst() + joined.suffix(1)).map { $1.channels }
    }
}

/// What configurations of both decoders may say.
protocol StagedDecoderOptions: HeadOptions {
    var convolutions: [Int]? { get }
    var narrows: NarrowingPlace { get }
    var dropout: Float { get }
    var classifierKernel: Int { get }
    var classifierBias: Bool { get }
}

extension StagedDecoderOptions {
    func validateDecoder() throws {
        try requireConvolutions(convolutions ?? [])
        try requireDropout(dropout)
        try requireOddKernel("classifier_kernel", classifierKernel)
    }

    /// The number of convolutions in each stage, from coarse to fine; without the option as in VGG16, whose
    /// last convolution in this order is the classifier.
    /// - Throws: ``OptionError`` where the option is for another number of stages.
    func convolutions(inStages count: Int) throws -> [Int] {
        let mirrored = (0..<count).map { Swift.min(count - $0, 3) }
        return try checked(convolutions ?? mirrored, "convolutions", stages: count)
    }
}
