import NNLayers

/// The encoder of SegNet (Badrinarayanan et al. 2017): stages of 3x3 convolutions as in ``VGG``, each
/// followed by a 2x2 max pool that returns the indices of the maxima.
///
/// ```swift
/// SegNetEncoder(width: 64, convolutionCounts: [2, 2, 3, 3, 3], bottleneckCount: 0)  // the paper's network
/// ```
public final class SegNetEncoder: Backbone {
    @Child var stages: [[ConvNormActivation]]
    @Child var bottleneck: [ConvNormActivation]

    /// The map of each stage before its pool, with the pool's indices, at strides 1, 2, 4, ...; then that of the
    /// bottleneck, or the last pooled map without one.
    public let features: [FeatureInfo]
    /// The channels of the images.
    public let inputChannels: Int
    /// Whether pools cover the last row or column of an odd size; if not, it is dropped.
    public let ceilMode: Bool

    /// - Parameters:
    ///   - width: The channels of the first stage; each further stage has twice as many, up to 8 times.
    ///   - convolutionCounts: The number of convolutions in each stage.
    ///   - bottleneckCount: The number of convolutions after the last pool.
    ///   - ceilMode: Whether pools cover the last row or column of an odd size; if not, it is dropped.
    ///   - style: The normalization, activation, initializer, biases and image channels.
    public init(
        width: Int = 32, convolutionCounts: [Int] = [2, 2, 3, 3], bottleneckCount: Int = 3, ceilMode: Bool = true,
        style: ConvolutionStyle = SegNetEncoder.defaultStyle
    ) {
        var options = Options()
        (options.width, options.convolutions, options.bottleneck) = (width, convolutionCounts, bottleneckCount)
        requireOptions("SegNetEncoder", options.validate)
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

    /// Batch norm, ReLU and He initialization by the number of inputs.
    public static var defaultStyle: ConvolutionStyle { ConvolutionStyle() }

    /// Computes the feature maps of images `[N, H, W, C]`.
    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = images
        var features: [Feature] = []
        for stage in stages {
            map = context.checkpointed(stage, map)
            let pooled = map.maxPooledWithIndices(kernel: 2, ceilMode: ceilMode)
            features.append(Feature(map, poolingIndices: pooled.indices))
            map = pooled.values
        }
        map = context.checkpointed(bottleneck, map)
        return features + [Feature(map)]
    }
}

extension SegNetEncoder {
    /// Options of ``SegNetEncoder``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// The channels of the first stage; each further stage has twice as many, up to 8 times.
        var width = 32
        /// The number of convolutions in each stage; 2, 2, 3, 3, 3 in the paper.
        var convolutions = [2, 2, 3, 3]
        /// The number of convolutions after the last pool; 0 in the paper.
        var bottleneck = 3
        /// Whether pools cover the last row or column of an odd size; if not, it is dropped.
        var ceilMode = true
        /// Whether convolutions have biases although a normalization follows.
        var convBias = false
        /// The channels of images: 3 for RGB, 1 for their luminance.
        var inChannels = 3
        var normalization: ConfigNode = "batch_norm"
        var activation: ConfigNode = "relu"
        var initializer: ConfigNode = "he_normal"

        /// The defaults.
        init() {}

        func validate() throws {
            try check("width", width, in: 1...4096)
            if !(1...8).contains(convolutions.count) {
                throw OptionError("convolutions", "must have from 1 to 8 stages, not \(convolutions.count)")
            }
            for (index, count) in convolutions.enumerated() {
                try check("convolutions.\(index)", count, in: 1...64)
            }
            try check("bottleneck", bottleneck, in: 0...64)
            try check("in_channels", inChannels, .size)
        }

        func build(_: Void, in registry: Registry) throws -> any Backbone {
            SegNetEncoder(
                width: width, convolutionCounts: convolutions, bottleneckCount: bottleneck, ceilMode: ceilMode,
                style: try style(hasBias: convBias, imageChannels: inChannels, in: registry))
        }
    }
}
