import NNLayers

/// The residual network for large images (He et al. 2016), with torchvision's names.
///
/// As in torchvision ("v1.5") the 3x3 convolution of a bottleneck has the stride, not the 1x1 before it.
public final class ResNet: Backbone {
    /// The number of blocks in each of the four groups, by depth.
    static let blockCounts = [
        18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3],
    ]

    @Child var stem: ConvNormActivation
    @Child var layer1: [ResNetBlock]
    @Child var layer2: [ResNetBlock]
    @Child var layer3: [ResNetBlock]
    @Child var layer4: [ResNetBlock]

    /// Strides 4, 8, 16 and 32.
    public let features: [FeatureInfo]

    /// - Parameters:
    ///   - depth: 18, 34, 50, 101 or 152.
    ///   - zeroInitResidual: Whether the last scale of each block starts at zero, so that it begins as
    ///     the identity (Goyal et al. 2017).
    public init(
        depth: Int = 50, zeroInitResidual: Bool = false,
        style: ConvolutionStyle = ConvolutionStyle(initializer: HeNormal(fan: .output))
    ) {
        guard let counts = Self.blockCounts[depth] else {
            preconditionFailure("ResNet: no network of depth \(depth); there are \(Self.blockCounts.keys.sorted())")
        }
        let isBottleneck = depth >= 50
        let widths = [64, 128, 256, 512]
        let channels = widths.map { isBottleneck ? 4 * $0 : $0 }
        func group(_ index: Int) -> [ResNetBlock] {
            (0..<counts[index]).map { block in
                ResNetBlock(
                    from: block > 0 ? channels[index] : index > 0 ? channels[index - 1] : 64, width: widths[index],
                    to: channels[index], isBottleneck: isBottleneck, stride: block == 0 && index > 0 ? 2 : 1,
                    zeroInitResidual: zeroInitResidual, style: style)
            }
        }
        let convolution = style.convolution(from: 3, to: 64, kernel: 7, strides: 2)
        _stem = Child(wrappedValue: ConvNormActivation(convolution, names: ("conv1", "bn1"), style: style), "")
        _layer1 = Child(wrappedValue: group(0))
        _layer2 = Child(wrappedValue: group(1))
        _layer3 = Child(wrappedValue: group(2))
        _layer4 = Child(wrappedValue: group(3))
        features = zip(channels, [4, 8, 16, 32]).map { FeatureInfo(channels: $0, stride: $1) }
    }

    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = stem(images, context).maxPooled(kernel: 3, strides: 2, padding: 1)
        return [layer1, layer2, layer3, layer4].map { group in
            for block in group { map = block(map, context) }
            return Feature(map)
        }
    }
}
