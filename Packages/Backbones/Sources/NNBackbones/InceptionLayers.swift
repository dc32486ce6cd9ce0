import NNLayers

/// Makes the parts of an ``InceptionResNetV2``.
struct InceptionLayers {
    let padding: EdgePadding
    let style: ConvolutionStyle

    /// A convolution that keeps the size.
    func convolution(from inputChannels: Int, to channels: Int, kernel: Size = 1) -> ConvNormActivation {
        ConvNormActivation(style.convolution(from: inputChannels, to: channels, kernel: kernel), style: style)
    }

    /// A 3x3 convolution that was published without padding.
    func narrowing(from inputChannels: Int, to channels: Int, stride: Int = 1) -> ConvNormActivation {
        let convolution = style.convolution(
            from: inputChannels, to: channels, kernel: 3, strides: Size(stride),
            padding: .explicit(padding.insets(kernel: 3)))
        return ConvNormActivation(convolution, style: style)
    }

    /// A pool that halves the size.
    var pool: MaxPool2D { MaxPool2D(kernel: 3, strides: 2, padding: padding.insets(kernel: 3)) }

    /// The module at stride 8: 192 to 320 channels.
    var mixed5b: [any Layer] {
        [
            convolution(from: 192, to: 96),
            Sequential(convolution(from: 192, to: 48), convolution(from: 48, to: 64, kernel: 5)),
            Sequential(
                convolution(from: 192, to: 64), convolution(from: 64, to: 96, kernel: 3),
                convolution(from: 96, to: 96, kernel: 3)),
            Sequential(
                AveragePool2D(kernel: 3, strides: 1, padding: 1, countsPadding: false),
                convolution(from: 192, to: 64)),
        ]
    }

    /// The reduction to stride 16: 320 to 1088 channels.
    var mixed6a: [any Layer] {
        [
            narrowing(from: 320, to: 384, stride: 2),
            Sequential(
                convolution(from: 320, to: 256), convolution(from: 256, to: 256, kernel: 3),
                narrowing(from: 256, to: 384, stride: 2)),
            pool,
        ]
    }

    /// The reduction to stride 32: 1088 to 2080 channels.
    var mixed7a: [any Layer] {
        [
            Sequential(convolution(from: 1088, to: 256), narrowing(from: 256, to: 384, stride: 2)),
            Sequential(convolution(from: 1088, to: 256), narrowing(from: 256, to: 288, stride: 2)),
            Sequential(
                convolution(from: 1088, to: 256), convolution(from: 256, to: 288, kernel: 3),
                narrowing(from: 288, to: 320, stride: 2)),
            pool,
        ]
    }

    /// A residual block at stride 8, named after its size in images of 299 pixels.
    func block35() -> InceptionResidual {
        residual(
            [
                convolution(from: 320, to: 32),
                Sequential(convolution(from: 320, to: 32), convolution(from: 32, to: 32, kernel: 3)),
                Sequential(
                    convolution(from: 320, to: 32), convolution(from: 32, to: 48, kernel: 3),
                    convolution(from: 48, to: 64, kernel: 3)),
            ], from: 128, to: 320, scale: 0.17)
    }

    /// A residual block at stride 16.
    func block17() -> InceptionResidual {
        residual(
            [
                convolution(from: 1088, to: 192),
                Sequential(
                    convolution(from: 1088, to: 128),
                    convolution(from: 128, to: 160, kernel: Size(height: 1, width: 7)),
                    convolution(from: 160, to: 192, kernel: Size(height: 7, width: 1))),
            ], from: 384, to: 1088, scale: 0.1)
    }

    /// A residual block at stride 32.
    func block8(scale: Float = 0.2, activates: Bool = true) -> InceptionResidual {
        residual(
            [
                convolution(from: 2080, to: 192),
                Sequential(
                    convolution(from: 2080, to: 192),
                    convolution(from: 192, to: 224, kernel: Size(height: 1, width: 3)),
                    convolution(from: 224, to: 256, kernel: Size(height: 3, width: 1))),
            ], from: 448, to: 2080, scale: scale, activates: activates)
    }

    private func residual(
        _ branches: [any Layer], from inputChannels: Int, to channels: Int, scale: Float, activates: Bool = true
    ) -> InceptionResidual {
        // With a bias, because no normalization follows.
        let convolution = Conv2D(
            inputChannels: inputChannels, outputChannels: channels, kernel: 1, initializer: style.initializer)
        return InceptionResidual(
            branches, convolution: convolution, scale: scale,
            activation: activates ? style.activation() : Identity())
    }
}

/// Branches of the same input, whose results are concatenated.
final class InceptionModule: Layer {
    @Child var branches: [any Layer]

    init(_ branches: [any Layer]) {
        _branches = Child(wrappedValue: branches, "", memberNames: branches.indices.map { "branch\($0)" })
    }

    var isCheckpointed: Bool { true }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        .concatenated(branches.map { $0(input, context) }, axis: 3)
    }
}

/// Branches with a shortcut: a linear 1x1 convolution maps their results to the channels of the input, scaled down to
/// keep training stable.
final class InceptionResidual: Layer {
    @Child("") var branches: InceptionModule
    @Child("conv2d") var convolution: Conv2D
    @Child var activation: any Layer

    /// Multiplies the result of the convolution.
    private let scale: Float

    init(_ branches: [any Layer], convolution: Conv2D, scale: Float, activation: any Layer) {
        self.activation = activation
        self.scale = scale
        self.branches = InceptionModule(branches)
        self.convolution = convolution
    }

    var isCheckpointed: Bool { true }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        activation(convolution(branches(input, context), context) * scale + input, context)
    }
}
