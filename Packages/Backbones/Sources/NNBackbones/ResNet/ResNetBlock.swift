import NNLayers

/// Two 3x3 convolutions, or 1x1, 3x3 and 1x1, around which the input is led.
final class ResNetBlock: Layer {
    @Child var first: ConvNormActivation
    @Child var second: ConvNormActivation
    @Child var third: ConvNormActivation?
    /// Fits the input to the result where channels or size differ.
    @Child var downsample: ConvNormActivation?

    /// - Parameters:
    ///   - dilations: Of the convolution that strides, or would without an output stride, and of one after it.
    ///   - stridesFirst: Whether the 1x1 convolution before a bottleneck's 3x3 one has the stride.
    init(
        from inputChannels: Int, width: Int, to channels: Int, isBottleneck: Bool, stride: Int,
        dilations: (Int, Int), zeroInitResidual: Bool, stridesFirst: Bool, style: ConvolutionStyle
    ) {
        func block(
            _ number: Int, from inputChannels: Int, to channels: Int, kernel: Size, stride: Int, dilation: Int = 1
        ) -> Child<ConvNormActivation> {
            let convolution = style.convolution(
                from: inputChannels, to: channels, kernel: kernel, strides: Size(stride), dilations: Size(dilation))
            return Child(
                wrappedValue: ConvNormActivation(
                    convolution, names: ("conv\(number)", "bn\(number)"), style: style),
                "")
        }
        if isBottleneck {
            _first = block(1, from: inputChannels, to: width, kernel: 1, stride: stridesFirst ? stride : 1)
            _second = block(
                2, from: width, to: width, kernel: 3, stride: stridesFirst ? 1 : stride,
                dilation: stridesFirst ? dilations.1 : dilations.0)
            _third = Child(
                wrappedValue: block(3, from: width, to: channels, kernel: 1, stride: 1).wrappedValue, "")
        } else {
            _first = block(1, from: inputChannels, to: width, kernel: 3, stride: stride, dilation: dilations.0)
            _second = block(2, from: width, to: channels, kernel: 3, stride: 1, dilation: dilations.1)
            _third = Child(wrappedValue: nil, "")
        }
        let convolution = style.convolution(from: inputChannels, to: channels, kernel: 1, strides: Size(stride))
        downsample =
            stride == 1 && inputChannels == channels
            ? nil : ConvNormActivation(convolution, names: ("0", "1"), style: style, activates: false)
        if zeroInitResidual, let normalization = (third ?? second).normalization {
            Self.scale(of: normalization)?.initializer = ConstantInitializer(value: 0)
        }
    }

    /// What a normalization multiplies by; nil where it has no such parameter.
    static func scale(of normalization: any Layer) -> Parameter? {
        ModuleTree(normalization).parameters.first { $0.name == "weight" }?.parameter
    }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        let shortcut = downsample?(input, context) ?? input
        let inner = first(input, context)
        guard let third else { return second(inner, residual: shortcut, context) }
        return third(second(inner, context), residual: shortcut, context)
    }
}
