import NNLayers

/// The network of 3x3 convolutions and 2x2 max pools (Simonyan and Zisserman 2015), with torchvision's
/// names: `features.0`, `features.1`, ...
///
/// ```swift
/// VGG(depth: 16)
/// VGG(depth: 16, style: ConvolutionStyle(hasBias: true))  // with batch norm
/// ```
public final class VGG: Backbone {
    /// The number of convolutions in each of the five stages, by depth.
    private static let published = [
        11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4],
    ]

    @Child var blocks: [ConvNormActivation]
    /// The number of blocks in each stage.
    private let counts: [Int]

    /// Strides 1, 2, 4, 8 and 16, each before its pool, and 32, the last one pooled.
    public let features: [FeatureInfo]
    /// The channels of the images.
    public let inputChannels: Int

    /// A published network.
    /// - Parameters:
    ///   - depth: The number of layers with weights, including the three of the paper's classifier: 11, 13, 16 or 19.
    ///   - style: The normalization, activation, initializer, biases and image channels.
    public convenience init(depth: Int = 16, style: ConvolutionStyle = VGG.defaultStyle) {
        self.init(
            convolutionCounts: requireOptions("VGG") { try Self.published.layout(ofDepth: depth) },
            widths: [64, 128, 256, 512, 512], style: style)
    }

    /// A network of any width and depth.
    /// - Parameters:
    ///   - convolutionCounts: The number of convolutions in each stage.
    ///   - widths: The channels of each stage.
    ///   - style: The normalization, activation, initializer, biases and image channels.
    public init(convolutionCounts: [Int], widths: [Int], style: ConvolutionStyle = VGG.defaultStyle) {
        require(
            convolutionCounts.count == widths.count && (1...16).contains(widths.count),
            "VGG: there is no network of \(convolutionCounts) convolutions of \(widths) channels")
        requireOptions("VGG") {
            try OptionError.check("convolutionCounts", counts: convolutionCounts)
            try OptionError.check("widths", widths: widths)
        }
        var blocks: [ConvNormActivation] = []
        self.inputChannels = style.imageChannels
        var channels = style.imageChannels
        // torchvision numbers all layers, also those without weights.
        var number = 0
        for (count, width) in zip(convolutionCounts, widths) {
            for _ in 0..<count {
                let block = ConvNormActivation(
                    style.convolution(from: channels, to: width, kernel: 3), names: ("\(number)", "\(number + 1)"),
                    style: style)
                blocks.append(block)
                channels = width
                number += block.normalization == nil ? 2 : 3
            }
            number += 1
        }
        _blocks = Child(wrappedValue: blocks, "features", memberNames: blocks.map { _ in "" })
        counts = convolutionCounts
        features = (widths + widths.suffix(1)).enumerated().map { FeatureInfo(channels: $1, stride: 1 << $0) }
    }

    /// The style of the paper: no normalization, ReLU, He initialization by the number of outputs, biases.
    public static var defaultStyle: ConvolutionStyle {
        ConvolutionStyle(normalization: { _ in nil }, initializer: HeNormal(fan: .output), hasBias: true)
    }

    /// Computes the feature maps of images `[N, H, W, C]`.
    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = images
        var features: [Feature] = []
        func pool() {
            features.append(Feature(map))
            map = map.maxPooled(kernel: 2)
        }
        var start = 0
        for count in counts {
            if start > 0 { pool() }
            map = context.checkpointed(Array(blocks[start..<start + count]), map)
            start += count
        }
        pool()
        return features + [Feature(map)]
    }
}

extension VGG {
    /// Options of ``VGG``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// The number of layers with weights, including the three of the paper's classifier: 11, 13, 16 or 19.
        var depth = 16
        /// Whether convolutions have biases, as torchvision's have with batch norm too.
        var convBias = true
        /// The channels of images: 3 for RGB, 1 for their luminance.
        var inChannels = 3
        var normalization: ConfigNode = "none"
        var activation: ConfigNode = "relu"
        var initializer: ConfigNode = ["type": "he_normal", "fan": "output"]

        /// The defaults.
        init() {}

        func validate() throws {
            _ = try VGG.published.layout(ofDepth: depth)
            try check("in_channels", inChannels, .size)
        }

        func build(_: Void, in registry: Registry) throws -> any Backbone {
            VGG(depth: depth, style: try style(hasBias: convBias, imageChannels: inChannels, in: registry))
        }
    }
}
