/// A convolution of each channel on its own, then one of 1x1 that mixes them (Chollet 2017).
public final class SeparableConv2D: Layer {
    /// `depthwise.weight` is `[C, 1, KH, KW]`.
    @Child public var depthwise: ConvNormActivation
    /// `pointwise.weight` is `[O, C, 1, 1]`.
    @Child public var pointwise: ConvNormActivation

    /// - Parameters:
    ///   - normalizesBetween: Whether a normalization stands between the two.
    ///   - activatesBetween: Whether an activation stands between the two, as in MobileNet.
    ///   - normalizes: Whether a normalization follows.
    ///   - activates: Whether an activation follows.
    public init(
        inputChannels: Int, outputChannels: Int, kernel: Size, strides: Size = 1, padding: Padding? = nil,
        dilations: Size = 1, style: ConvolutionStyle = ConvolutionStyle(), normalizesBetween: Bool = false,
        activatesBetween: Bool = false, normalizes: Bool = true, activates: Bool = true
    ) {
        func block(_ convolution: Conv2D, normalizes: Bool, activates: Bool) -> ConvNormActivation {
            ConvNormActivation(
                convolution, normalization: normalizes ? style.normalization(convolution.outputChannels) : nil,
                activation: activates ? style.activation() : Identity(), names: ("", "bn"))
        }
        let depthwise = style.convolution(
            from: inputChannels, to: inputChannels, kernel: kernel, strides: strides, padding: padding,
            dilations: dilations, groups: inputChannels)
        let pointwise = style.convolution(from: inputChannels, to: outputChannels, kernel: 1)
        _depthwise = Child(
            wrappedValue: block(depthwise, normalizes: normalizesBetween, activates: activatesBetween))
        _pointwise = Child(wrappedValue: block(pointwise, normalizes: normalizes, activates: activates))
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        pointwise(depthwise(input, context), context)
    }
}
