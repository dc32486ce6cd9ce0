import NNLayers

/// The residual network for images of 32x32 (He et al. 2016, section 4.2).
///
/// A convolution to 16 channels, then three groups of n blocks of 16, 32 and 64 channels: with the classifier 6n + 2
/// layers. Shortcuts have no parameters (option A). Names are those of the usual PyTorch implementations: `conv1`,
/// `bn1`, `layer1.0.conv1`, ...
public final class ResNetCifar: Backbone {
    /// Where a shortcut is padded with channels of zeros.
    public enum ShortcutPadding: String, Sendable, Codable, CaseIterable {
        /// After its channels.
        case end
        /// Half before and half after its channels.
        case bothSides = "both_sides"
    }

    @Child("") var stem: ConvNormActivation
    @Child var layer1: [ResNetCifarBlock]
    @Child var layer2: [ResNetCifarBlock]
    @Child var layer3: [ResNetCifarBlock]

    /// The channels of the images.
    public let inputChannels: Int
    /// The type and the padding of shortcuts.
    public let weightOptions: [String: String]

    /// Strides 1, 2 and 4.
    public let features = [
        FeatureInfo(channels: 16, stride: 1), FeatureInfo(channels: 32, stride: 2),
        FeatureInfo(channels: 64, stride: 4),
    ]

    /// - Parameters:
    ///   - depth: The number of layers with weights, 6n + 2, including the classifier.
    ///   - shortcutPadding: Where a shortcut is padded with channels of zeros.
    ///   - style: The normalization, activation, initializer, biases and image channels.
    public init(
        depth: Int = 20, shortcutPadding: ShortcutPadding = .end, style: ConvolutionStyle = ResNetCifar.defaultStyle
    ) {
        requireOptions("ResNetCifar") { try Self.check(depth: depth) }
        self.inputChannels = style.imageChannels
        weightOptions = ["type": "resnet_cifar", "shortcut_padding": shortcutPadding.rawValue]
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

    /// Batch norm, ReLU and He initialization by the number of inputs.
    public static var defaultStyle: ConvolutionStyle { ConvolutionStyle() }

    fileprivate static func check(depth: Int) throws(OptionError) {
        if depth > 9998 { throw OptionError("depth", "must be at most 9998, not \(depth)") }
        if depth < 8 || depth % 6 != 2 {
            throw OptionError("depth", "must be 6n + 2, such as 20, 32, 44, 56 or 110, not \(depth)")
        }
    }

    /// Computes the feature maps of images `[N, H, W, C]`.
    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = stem(images, context)
        return [layer1, layer2, layer3].map { group in
            for block in group { map = block(map, context) }
            return Feature(map)
        }
    }
}

extension ResNetCifar {
    /// Options of ``ResNetCifar``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// The number of layers with weights, 6n + 2, including the classifier.
        var depth = 20
        /// Where a shortcut is padded with channels of zeros.
        var shortcutPadding = ShortcutPadding.end
        /// The channels of images: 3 for RGB, 1 for their luminance.
        var inChannels = 3
        var normalization: ConfigNode = "batch_norm"
        var activation: ConfigNode = "relu"
        var initializer: ConfigNode = "he_normal"

        /// The defaults.
        init() {}

        func validate() throws {
            try ResNetCifar.check(depth: depth)
            try check("in_channels", inChannels, .size)
        }

        func build(_: Void, in registry: Registry) throws -> any Backbone {
            ResNetCifar(
                depth: depth, shortcutPadding: shortcutPadding,
                style: try style(imageChannels: inChannels, in: registry))
        }
    }
}

/// A residual block: two 3x3 convolutions and a shortcut, which is padded and at half the size where channels grow.
final class ResNetCifarBlock: Layer {
    @Child("") var first: ConvNormActivation
    @Child("") var second: ConvNormActivation

    private let addedChannels: (before: Int, after: Int)

    init(
        from inputChannels: Int, to channels: Int, shortcutPadding: ResNetCifar.ShortcutPadding,
        style: ConvolutionStyle
    ) {
        let added = channels - inputChannels
        let before = shortcutPadding == .end ? 0 : added / 2
        addedChannels = (before, added - before)
        let first = style.convolution(from: inputChannels, to: channels, kernel: 3, strides: added > 0 ? 2 : 1)
        let second = style.convolution(from: channels, to: channels, kernel: 3)
        self.first = ConvNormActivation(first, names: ("conv1", "bn1"), style: style)
        self.second = ConvNormActivation(second, names: ("conv2", "bn2"), style: style)
    }

    var isCheckpointed: Bool { true }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        second(first(input, context), residual: shortcut(input), context)
    }

    /// The input, or every second pixel of it with channels of zeros.
    private func shortcut(_ input: Tensor) -> Tensor {
        guard addedChannels != (0, 0) else { return input }
        return input.slice(axis: 1, range: 0..<input.shape[1], step: 2)
            .slice(axis: 2, range: 0..<input.shape[2], step: 2)
            .padded([(0, 0), (0, 0), (0, 0), addedChannels])
    }
}
