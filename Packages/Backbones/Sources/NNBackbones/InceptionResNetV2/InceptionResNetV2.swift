import NNLayers

/// Inception-ResNet version 2 (Szegedy et al. 2016), with the names of its PyTorch weights in timm.
public final class InceptionResNetV2: Backbone {
    @Child var stem: [ConvNormActivation]
    @Child var mixed5b: InceptionModule
    @Child var repeat1: [InceptionResidual]
    @Child var mixed6a: InceptionModule
    @Child var repeat2: [InceptionResidual]
    @Child var mixed7a: InceptionModule
    @Child var repeat3: [InceptionResidual]
    @Child var block8: InceptionResidual
    @Child var last: ConvNormActivation
    /// Follows the third and the fifth convolution of the stem.
    @Child var pool: MaxPool2D

    /// Strides 2, 4, 8, 16 and 32.
    public let inputChannels: Int
    public let features = [
        FeatureInfo(channels: 64, stride: 2), FeatureInfo(channels: 192, stride: 4),
        FeatureInfo(channels: 320, stride: 8), FeatureInfo(channels: 1088, stride: 16),
        FeatureInfo(channels: 1536, stride: 32),
    ]

    /// The batch norm of the published network.
    public static var style: ConvolutionStyle {
        ConvolutionStyle(normalization: { BatchNorm(channels: $0, epsilon: 0.001) })
    }

    /// - Parameters:
    ///   - blockCounts: How many residual blocks there are at the strides 8, 16 and 32, another not counted
    ///     that comes last.
    ///   - padding: Of the convolutions and poolings that were published without; without, images have at
    ///     least 75 rows and columns.
    public init(
        blockCounts: [Int] = [10, 20, 9], padding: EdgePadding = .valid,
        style: ConvolutionStyle = InceptionResNetV2.style
    ) {
        require(
            blockCounts.count == 3, "InceptionResNetV2: blocks stand at three strides, not \(blockCounts.count)")
        self.inputChannels = style.imageChannels
        let layers = InceptionLayers(padding: padding, style: style)
        let stem = [
            layers.narrowing(from: style.imageChannels, to: 32, stride: 2), layers.narrowing(from: 32, to: 32),
            layers.convolution(from: 32, to: 64, kernel: 3), layers.convolution(from: 64, to: 80),
            layers.narrowing(from: 80, to: 192),
        ]
        let names = ["conv2d_1a", "conv2d_2a", "conv2d_2b", "conv2d_3b", "conv2d_4a"]
        _stem = Child(wrappedValue: stem, "", memberNames: names)
        _pool = Child(wrappedValue: layers.pool)
        _mixed5b = Child(wrappedValue: InceptionModule(layers.mixed5b), "mixed_5b")
        _repeat1 = Child(wrappedValue: (0..<blockCounts[0]).map { _ in layers.block35() }, "repeat")
        _mixed6a = Child(wrappedValue: InceptionModule(layers.mixed6a), "mixed_6a")
        _repeat2 = Child(wrappedValue: (0..<blockCounts[1]).map { _ in layers.block17() }, "repeat_1")
        _mixed7a = Child(wrappedValue: InceptionModule(layers.mixed7a), "mixed_7a")
        _repeat3 = Child(wrappedValue: (0..<blockCounts[2]).map { _ in layers.block8() }, "repeat_2")
        _block8 = Child(wrappedValue: layers.block8(scale: 1, activates: false))
        _last = Child(wrappedValue: layers.convolution(from: 2080, to: 1536), "conv2d_7b")
    }

    public func forward(_ images: Tensor, context: Context) -> [Feature] {
        var map = images
        func run(_ layers: [any Layer]) -> Feature {
            map = layers.reduce(map) { $1($0, context) }
            return Feature(map)
        }
        return [
            run([stem[0], stem[1], stem[2]]),
            run([pool, stem[3], stem[4]]),
            run([pool, mixed5b] + (repeat1 as [any Layer])),
            run([mixed6a] + (repeat2 as [any Layer])),
            run([mixed7a] + (repeat3 as [any Layer]) + [block8, last]),
        ]
    }
}
