import NNLayers

/// Two or three separable convolutions around which the input is led, in all but the middle blocks with a
/// pooling after them and a 1x1 convolution beside.
final class XceptionBlock: Module {
    /// Where in the network a block stands.
    enum Form {
        /// The first, whose input is activated already.
        case first
        /// Where channels grow in the first convolution.
        case entry
        /// In the middle: three convolutions of as many channels, no pooling.
        case plain
        /// Where channels grow in the last convolution.
        case last
    }

    @Child var convolutions: [SeparableConv2D]
    @Child("") var skip: ConvNormActivation?

    private let stride: Int
    private let dilation: Int
    private let stridedPadding: StridedPadding

    init(
        from inputChannels: Int, to channels: Int, form: Form, stride: Int, dilation: Int,
        stridedPadding: StridedPadding, style: ConvolutionStyle
    ) {
        let count = form == .plain ? 3 : 2
        let convolutions = (0..<count).map { index in
            let isLast = index == count - 1
            // Activations count in the published names: rep.0 is the one before the first convolution, which
            // the first block lacks.
            let number = 3 * index + (form == .first ? 0 : 1)
            return SeparableConv2D(
                inputChannels: index == 0 || form == .last ? inputChannels : channels,
                outputChannels: form == .last && !isLast ? inputChannels : channels, kernel: 3,
                dilations: Size(dilation), style: style, activates: !isLast,
                names: .init(
                    depthwise: "rep.\(number).conv1", pointwise: "rep.\(number).pointwise", after: "rep.\(number + 1)"))
        }
        _convolutions = Child(wrappedValue: convolutions, "", memberNames: convolutions.map { _ in "" })
        let convolution = style.convolution(from: inputChannels, to: channels, kernel: 1, strides: Size(stride))
        self.stride = stride
        self.dilation = dilation
        self.stridedPadding = stridedPadding
        skip =
            form == .plain
            ? nil : ConvNormActivation(convolution, names: ("skip", "skipbn"), style: style, activates: false)
    }

    /// - Parameters:
    ///   - input: What is led around.
    ///   - activated: The activated input, which the convolutions see.
    func callAsFunction(_ input: Tensor, activated: Tensor, _ context: Context) -> Tensor {
        context.observe(self) {
            var map = activated
            for convolution in convolutions.dropLast() { map = convolution(map, context) }
            let last = convolutions[convolutions.count - 1]
            guard let skip else { return last(map, residual: input, context) }
            map = last(map, context)
            let (strides, dilations) = (Size(stride), Size(dilation))
            let insets = stridedPadding.insets(for: map, kernel: 3, strides: strides, dilations: dilations)
            let pooled = map.maxPooled(kernel: 3, strides: strides, padding: insets, dilations: dilations)
            return skip(input, residual: pooled, context)
        }
    }
}
