import NNLayers

/// The residual network for images of 32x32 (He et al. 2016, section 4.2).
///
/// A convolution to 16 channels, then three groups of n blocks of 16, 32 and 64 channels: with the
/// classifier 6n + 2 layers. Shortcuts have no parameters (option A). Names are those of PyTorch's
/// usual implementations: `conv1`, `bn1`, `layer1.0.conv1`, ...
public final class ResNetCifar: Backbone {
    /// Where the shortcut puts the zeros that widen it.
    public enum ShortcutPadding: String, Sendable, Codable, CaseIterable {
        /// After the channels that there are.
        case end
        /// Half before and half after.
        case bothSides = "both_sides"
    }

    @Child("") var stem: ConvNormActivation
    @Child var layer1: [ResNetCifarBlock]
    @Child var layer2: [ResNetCifarBlock]
    @Child var layer3: [ResNetCifarBlock]

    public let inputChannels: Int

    /// Strides 1, 2 and 4.
    public let features = [
        FeatureInfo(channels: 16, stride: 1), FeatureInfo(channels: 32, stride: 2),
        FeatureInfo(channels: 64, stride: 4),
    ]

    /// - Parameter depth: 6n + 2.
    public init(
        depth: Int = 20, shortcutPadding: ShortcutPadding = .end, style: ConvolutionStyle = ConvolutionStyle()
    ) {
        require(Self.isValid(depth: depth), "ResNetCifar: depth \(depth) is not 6n + 2")
        self.inputChannels = style.imageChannels
        func group(from inputChannels: Int, to channels: Int) -> [ResNetCifarBlock] {
            (0..<(depth - 2) / 6).map { index in
                ResNetCifarBlock(
                    from: index == 0 ? inputChannels : channels, to: channels, shortcutPadding: shortcutPadding,
                    style: style)
            }
        }
        let convolution = style.convolution(from: style.imageChannels, to: 16, kernel: 3)
        layer1 = group(from: 16, to: 16)
        layer2 = group(from: 16, to: 32)
        layer3 = group(from: 32, to: 64)
        stem = ConvNormActivation(convolution, names: ("conv1", "bn1"), style: style)
    }

    static func isValid(depth: Int) -> Bool { depth >= 8 && depth % 6 == 2 }

    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = stem(images, context)
        return [layer1, layer2, layer3].map { group in
            for block in group { map = block(map, context) }
            return Feature(map)
        }
    }
}
