import NNLayers

/// The encoder of SegNet (Badrinarayanan et al. 2017): stages of 3x3 convolutions as in ``VGG``, each
/// followed by a 2x2 max pool that remembers where the maxima were.
public final class SegNetEncoder: Backbone {
    @Child var stages: [[ConvNormActivation]]
    @Child var bottleneck: [ConvNormActivation]

    /// The map of each stage as it is before its pool, with the pooling's indices, at strides 1, 2, 4, ...;
    /// then that of the bottleneck, or the last pooled map without one.
    public let features: [FeatureInfo]
    public let inputChannels: Int
    /// Whether a pool takes the last row or column of an odd size on its own; if not, it is left out.
    public let ceilMode: Bool

    /// - Parameters:
    ///   - width: The channels of the first stage; each further one has twice as many, up to 8 times.
    ///   - convolutionCounts: The number of convolutions in each stage.
    ///   - bottleneckCount: The number of convolutions after the last pool.
    public init(
        width: Int = 32, convolutionCounts: [Int] = [2, 2, 3, 3], bottleneckCount: Int = 3, ceilMode: Bool = true,
        style: ConvolutionStyle = ConvolutionStyle()
    ) {
        require(
            width > 0 && !convolutionCounts.isEmpty && convolutionCounts.allSatisfy { $0 > 0 } && bottleneckCount >= 0,
            "SegNetEncoder: no network of width \(width) with \(convolutionCounts) and \(bottleneckCount) convolutions")
        self.inputChannels = style.imageChannels
        var channels = style.imageChannels
        func blocks(_ count: Int, to width: Int) -> [ConvNormActivation] {
            (0..<count).map { _ in
                defer { channels = width }
                return ConvNormActivation(style.convolution(from: channels, to: width, kernel: 3), style: style)
            }
        }
        let widths = convolutionCounts.indices.map { width << min($0, 3) }
        stages = zip(convolutionCounts, widths).map { blocks($0, to: $1) }
        bottleneck = blocks(bottleneckCount, to: channels)
        features =
            widths.enumerated().map { FeatureInfo(channels: $1, stride: 1 << $0, hasPoolingIndices: true) }
            + [FeatureInfo(channels: channels, stride: 1 << widths.count)]
        self.ceilMode = ceilMode
    }

    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = images
        var features: [Feature] = []
        for stage in stages {
            for block in stage { map = block(map, context) }
            let pooled = map.maxPooledWithIndices(kernel: 2, ceilMode: ceilMode)
            features.append(Feature(map, poolingIndices: pooled.indices))
            map = pooled.values
        }
        for block in bottleneck { map = block(map, context) }
        return features + [Feature(map)]
    }
}
