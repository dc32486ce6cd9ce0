/// A convolution of each channel on its own, then one of 1x1 that mixes them (Chollet 2017).
public final class SeparableConv2D: Layer {
    /// The names in a state dictionary: of the two convolutions and of the normalization after each.
    public struct Names {
        public var depthwise = "depthwise"
        public var between = "depthwise.bn"
        public var pointwise = "pointwise"
        public var after = "pointwise.bn"

        public init() {}
        public init(depthwise: String, between: String = "bn", pointwise: String, after: String) {
            self.depthwise = depthwise
            self.between = between
            self.pointwise = pointwise
            self.after = after
        }
    }

    /// Its weight is `[C, 1, KH, KW]`.
    @Child public var depthwise: ConvNormActivation
    /// Its weight is `[O, C, 1, 1]`.
    @Child public var pointwise: ConvNormActivation

    /// - Parameters:
    ///   - normalizesBetween: Whether a normalization stands between the two.
    ///   - activatesBetween: Whether an activation stands between the two, as in MobileNet.
    ///   - normalizes: Whether a normalization follows.
    ///   - activates: Whether an activation follows.
    public init(
        inputChannels: Int, outputChannels: Int, kernel: Size, strides: Size = 1, padding: Padding? = nil,
        dilations: Size = 1, style: ConvolutionStyle = ConvolutionStyle(), normalizesBetween: Bool = false,
        activatesBetween: Bool = false, normalizes: Bool = true, activates: Bool = true,
        names: Names = Names()
    ) {
        func block(_ convolution: Conv2D, normalizes: Bool, activates: Bool, names: (String, String))
            -> Child<ConvNormActivation>
        {
            Child(
                wrappedValue: ConvNormActivation(
                    convolution, normalization: normalizes ? style.normalization(convolution.outputChannels) : nil,
                    activation: activates ? style.activation() : Identity(), names: names),
                "")
        }
        let depthwise = style.convolution(
            from: inputChannels, to: inputChannels, kernel: kernel, strides: strides, padding: padding,
            dilations: dilations, groups: inputChannels)
        let pointwise = style.convolution(from: inputChannels, to: outputChannels, kernel: 1)
        _depthwise = block(
            depthwise, normalizes: normalizesBetween, activates: activatesBetween,
            names: (names.depthwise, names.between))
        _pointwise = block(
            pointwise, normalizes: normalizes, activates: activates, names: (names.pointwise, names.after))
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        pointwise(depthwise(input, context), context)
    }

    /// Applies the layer to an input, adding a residual before the activation.
    /// - Parameter residual: In the shape of the result.
    public func callAsFunction(_ input: Tensor, residual: Tensor?, _ context: Context) -> Tensor {
        context.observe(self) { pointwise(depthwise(input, context), residual: residual, context) }
    }
}
