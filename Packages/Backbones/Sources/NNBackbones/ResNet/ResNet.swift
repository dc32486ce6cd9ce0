import NNLayers

/// The residual network for large images (He et al. 2016), with torchvision's names.
///
/// As in torchvision ("v1.5") the 3x3 convolution of a bottleneck has the stride, not the 1x1 before it; an option
/// puts it there, as in the paper and in Keras.
public final class ResNet: Backbone {
    /// How wide and deep a network is.
    public struct Form: Sendable {
        /// The number of blocks in each of the four groups.
        public var blockCounts: [Int]
        /// Whether blocks are 1x1, 3x3 and 1x1 convolutions, and not two of 3x3.
        public var isBottleneck: Bool
        /// The channels of the 3x3 convolutions in each group; a bottleneck gives four times as many.
        public var widths: [Int]

        public init(blockCounts: [Int], isBottleneck: Bool, widths: [Int] = [64, 128, 256, 512]) {
            self.blockCounts = blockCounts
            self.isBottleneck = isBottleneck
            self.widths = widths
        }

        /// The published networks by depth.
        public static let published = [
            18: Form(blockCounts: [2, 2, 2, 2], isBottleneck: false),
            34: Form(blockCounts: [3, 4, 6, 3], isBottleneck: false),
            50: Form(blockCounts: [3, 4, 6, 3], isBottleneck: true),
            101: Form(blockCounts: [3, 4, 23, 3], isBottleneck: true),
            152: Form(blockCounts: [3, 8, 36, 3], isBottleneck: true),
        ]
    }

    @Child("") var stem: ConvNormActivation
    @Child var layer1: [ResNetBlock]
    @Child var layer2: [ResNetBlock]
    @Child var layer3: [ResNetBlock]
    @Child var layer4: [ResNetBlock]

    /// Strides 4, 8, 16 and 32, or fewer where the output stride is smaller.
    public let features: [FeatureInfo]
    public let inputChannels: Int

    /// - Parameters:
    ///   - zeroInitResidual: Whether the last scale of each block starts at zero, so that it begins as
    ///     the identity (Goyal et al. 2017).
    ///   - stridesFirst: Whether the first 1x1 convolution of a bottleneck has the stride.
    ///   - outputStride: 8, 16 or 32; strides beyond become dilations.
    public init(
        _ form: Form, zeroInitResidual: Bool = false, stridesFirst: Bool = false, outputStride: Int = 32,
        style: ConvolutionStyle = ConvolutionStyle(initializer: HeNormal(fan: .output))
    ) {
        require(
            form.blockCounts.count == 4 && form.widths.count == 4, "ResNet: there are four groups, not \(form)")
        self.inputChannels = style.imageChannels
        var strides = OutputStride(outputStride)
        let convolution = style.convolution(
            from: style.imageChannels, to: 64, kernel: 7, strides: Size(strides.apply(2)))
        _ = strides.apply(2)  // of the pooling

        var inputChannels = 64
        var features: [FeatureInfo] = []
        func group(_ index: Int) -> Child<[ResNetBlock]> {
            let blocks = (0..<form.blockCounts[index]).map { block in
                let dilation = strides.dilation
                let stride = block == 0 && index > 0 ? strides.apply(2) : 1
                let channels = form.isBottleneck ? 4 * form.widths[index] : form.widths[index]
                defer { inputChannels = channels }
                return ResNetBlock(
                    from: inputChannels, width: form.widths[index], to: channels, isBottleneck: form.isBottleneck,
                    stride: stride, dilations: (dilation, strides.dilation), zeroInitResidual: zeroInitResidual,
                    stridesFirst: stridesFirst, style: style)
            }
            features.append(FeatureInfo(channels: inputChannels, stride: strides.reached))
            return Child(wrappedValue: blocks)
        }
        _layer1 = group(0)
        _layer2 = group(1)
        _layer3 = group(2)
        _layer4 = group(3)
        self.features = features
        stem = ConvNormActivation(convolution, names: ("conv1", "bn1"), style: style)
    }

    /// A published network.
    /// - Parameter depth: 18, 34, 50, 101 or 152.
    public convenience init(
        depth: Int = 50, zeroInitResidual: Bool = false, stridesFirst: Bool = false, outputStride: Int = 32,
        style: ConvolutionStyle = ConvolutionStyle(initializer: HeNormal(fan: .output))
    ) {
        guard let form = Form.published[depth] else {
            trap("ResNet: no network of depth \(depth); there are \(Form.published.keys.sorted())")
        }
        self.init(
            form, zeroInitResidual: zeroInitResidual, stridesFirst: stridesFirst, outputStride: outputStride,
            style: style)
    }

    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = stem(images, context).maxPooled(kernel: 3, strides: 2, padding: 1)
        return [layer1, layer2, layer3, layer4].map { group in
            for block in group { map = block(map, context) }
            return Feature(map)
        }
    }
}
