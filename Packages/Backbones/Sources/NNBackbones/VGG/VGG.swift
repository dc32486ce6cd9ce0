import NNLayers

/// The network of 3x3 convolutions and 2x2 max pools (Simonyan and Zisserman 2015), with torchvision's
/// names: `features.0`, `features.1`, ...
public final class VGG: Backbone {
    /// The number of convolutions in each of the five stages, by depth.
    static let convolutionCounts = [
        11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4],
    ]

    @Child var blocks: [ConvNormActivation]
    /// The numbers of the blocks before which a pool stands.
    private let starts: Set<Int>

    /// Strides 1, 2, 4, 8 and 16, each as it is before a pool, and 32, the last one pooled.
    public let features: [FeatureInfo]
    public let inputChannels: Int

    /// - Parameter depth: 11, 13, 16 or 19.
    public convenience init(depth: Int = 16, style: ConvolutionStyle = VGG.plainStyle) {
        guard let counts = Self.convolutionCounts[depth] else {
            trap("VGG: no network of depth \(depth); there are \(Self.convolutionCounts.keys.sorted())")
        }
        self.init(convolutionCounts: counts, widths: [64, 128, 256, 512, 512], style: style)
    }

    /// A network of stages of your own.
    /// - Parameters:
    ///   - convolutionCounts: The number of convolutions in each stage.
    ///   - widths: The channels of each stage.
    public init(convolutionCounts: [Int], widths: [Int], style: ConvolutionStyle = VGG.plainStyle) {
        require(
            convolutionCounts.count == widths.count && !widths.isEmpty,
            "VGG: \(convolutionCounts.count) numbers of convolutions for \(widths.count) widths")
        var blocks: [ConvNormActivation] = []
        var starts: Set<Int> = []
        self.inputChannels = style.imageChannels
        var channels = style.imageChannels
        // torchvision numbers all layers, those without weights too.
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
            starts.insert(blocks.count)
            number += 1
        }
        _blocks = Child(wrappedValue: blocks, "features", memberNames: blocks.map { _ in "" })
        self.starts = starts
        features = (widths + widths.suffix(1)).enumerated().map { FeatureInfo(channels: $1, stride: 1 << $0) }
    }

    /// The style of the paper: no normalization, biases, and ReLU.
    public static var plainStyle: ConvolutionStyle {
        ConvolutionStyle(normalization: { _ in nil }, initializer: HeNormal(fan: .output), hasBias: true)
    }

    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = images
        var features: [Feature] = []
        func pool() {
            features.append(Feature(map))
            map = map.maxPooled(kernel: 2)
        }
        for (index, block) in blocks.enumerated() {
            if starts.contains(index) { pool() }
            map = block(map, context)
        }
        pool()
        return features + [Feature(map)]
    }
}
