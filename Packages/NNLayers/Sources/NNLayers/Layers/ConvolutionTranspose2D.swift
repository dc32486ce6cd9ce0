/// The transpose of a two-dimensional convolution, which enlarges `[N, H, W, C]`.
///
/// The result has `(H - 1) · stride + dilation · (KH - 1) + 1 + outputPadding - padding` rows.
public final class ConvolutionTranspose2D: Layer {
    /// `[C, O / groups, KH, KW]`
    @Parameter public var weight: Tensor
    /// `[O]`
    public let bias: Parameter?

    public let strides: Size
    public let padding: EdgeInsets
    public let outputPadding: Size
    public let dilations: Size
    public let groups: Int

    public init(
        inputChannels: Int, outputChannels: Int, kernel: Size, strides: Size = 1, padding: EdgeInsets = 0,
        outputPadding: Size = 0, dilations: Size = 1, groups: Int = 1, hasBias: Bool = true,
        initializer: any Initializer = .heNormal
    ) {
        let geometry = ConvolutionGeometry(strides: strides, dilations: dilations, padding: padding, groups: groups)
        requireChannels(
            "ConvolutionTranspose2D", inputChannels, outputChannels,
            problem: geometry.transposedProblem(kernel: kernel, outputPadding: outputPadding), groups)
        _weight = Parameter(
            shape: [inputChannels, outputChannels / groups, kernel.height, kernel.width], initializer: initializer)
        bias = hasBias ? Parameter(shape: [outputChannels], initializer: .zeros) : nil
        self.strides = strides
        self.padding = padding
        self.outputPadding = outputPadding
        self.dilations = dilations
        self.groups = groups
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        input.convolutionTransposed(
            weight: weight, bias: bias?.wrappedValue, strides: strides, padding: padding,
            outputPadding: outputPadding, dilations: dilations, groups: groups)
    }
}
