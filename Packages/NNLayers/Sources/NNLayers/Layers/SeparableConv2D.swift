/// A depthwise separable convolution (Chollet 2017): a convolution of each channel, then a 1x1 convolution that mixes them.
///
/// Maps `[N, H, W, C]` to `[N, H', W', O]`, with the size of a ``Conv2D``. Both may be followed by a normalization and an
/// activation.
public final class SeparableConv2D: Layer {
    /// The names of the convolutions and normalizations in a state dictionary.
    public struct Names {
        /// The depthwise convolution.
        public var depthwise = "depthwise"
        /// The normalization after the depthwise convolution.
        public var between = "depthwise.bn"
        /// The 1x1 convolution.
        public var pointwise = "pointwise"
        /// The normalization after the 1x1 convolution.
        public var after = "pointwise.bn"

        /// Creates the default names.
        public init() {}

        /// Creates names.
        /// - Parameters:
        ///   - depthwise: The depthwise convolution.
        ///   - between: The normalization after the depthwise convolution.
        ///   - pointwise: The 1x1 convolution.
        ///   - after: The normalization after the 1x1 convolution.
        public init(depthwise: String, between: String = "bn", pointwise: String, after: String) {
            self.depthwise = depthwise
            self.between = between
            self.pointwise = pointwise
            self.after = after
        }
    }

    /// The depthwise convolution, with a weight of `[C, 1, KH, KW]`.
    @Child public var depthwise: ConvNormActivation
    /// The 1x1 convolution, with a weight of `[O, C, 1, 1]`.
    @Child public var pointwise: ConvNormActivation

    /// Creates a depthwise separable convolution.
    /// - Parameters:
    ///   - inputChannels: C.
    ///   - outputChannels: O.
    ///   - kernel: The window of the depthwise convolution.
    ///   - strides: The steps between windows.
    ///   - padding: The zeros around the image; by default half of the kernel.
    ///   - dilations: The distances between the pixels of a window.
    ///   - style: The normalization, the activation and the initial weights.
    ///   - normalizesBetween: Whether a normalization follows the depthwise convolution.
    ///   - activatesBetween: Whether an activation follows the depthwise convolution, as in MobileNet.
    ///   - normalizes: Whether a normalization follows the 1x1 convolution.
    ///   - activates: Whether an activation follows the 1x1 convolution.
    ///   - names: The names in a state dictionary.
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

    /// Applies the layer, adding a residual before the last activation.
    /// - Parameters:
    ///   - input: `[N, H, W, C]`
    ///   - residual: `[N, H', W', O]`; nil for none.
    ///   - context: The settings of the forward pass.
    public func callAsFunction(_ input: Tensor, residual: Tensor?, _ context: Context) -> Tensor {
        context.observe(self) { pointwise(depthwise(input, context), residual: residual, context) }
    }
}
