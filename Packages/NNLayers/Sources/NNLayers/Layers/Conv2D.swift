@_spi(Kernels) import NNCore

/// A two-dimensional convolution, like `torch.nn.Conv2d`.
///
/// Maps `[N, H, W, C]` to `[N, H', W', O]` with
/// `H' = (H + padding - dilation · (KH - 1) - 1) / stride + 1`, rounded down, where `padding` is the sum of both edges,
/// and W' likewise. As in PyTorch, the kernel is not flipped (cross-correlation).
public final class Conv2D: QuantizableLayer {
    /// The filters, `[O, C / groups, KH, KW]`.
    @Parameter public var weight: Tensor
    /// The bias, `[O]`; nil without one.
    public let bias: Parameter?

    /// The steps between windows, in pixels.
    public let strides: Size
    /// The zeros around the image.
    public let padding: Padding
    /// The distances between the pixels of a window; 1 for adjacent pixels.
    public let dilations: Size
    /// The number of groups of channels that are convolved separately.
    public let groups: Int
    /// The 8-bit form by which inference calculates; nil for float32. Assign it while no thread predicts.
    public var quantization: LayerQuantization?

    /// Creates a convolution.
    /// - Parameters:
    ///   - inputChannels: C, a multiple of `groups`.
    ///   - outputChannels: O, a multiple of `groups`.
    ///   - kernel: The size of the window, KH and KW.
    ///   - strides: The steps between windows.
    ///   - padding: The zeros around the image; none by default.
    ///   - dilations: The distances between the pixels of a window.
    ///   - groups: The number of groups of channels; `inputChannels` for a depthwise convolution.
    ///   - hasBias: Whether a bias is added to each output channel.
    ///   - initializer: Draws the filters; the bias starts at 0.
    public init(
        inputChannels: Int, outputChannels: Int, kernel: Size, strides: Size = 1, padding: Padding = .valid,
        dilations: Size = 1, groups: Int = 1, hasBias: Bool = true, initializer: any Initializer = .heNormal
    ) {
        var insets: EdgeInsets = 0
        if case .explicit(let explicit) = padding { insets = explicit }
        let geometry = ConvolutionGeometry(strides: strides, dilations: dilations, padding: insets, groups: groups)
        requireChannels("Conv2D", inputChannels, outputChannels, problem: geometry.problem(kernel: kernel), groups)
        _weight = Parameter(
            shape: [outputChannels, inputChannels / groups, kernel.height, kernel.width], initializer: initializer)
        bias = hasBias ? Parameter(shape: [outputChannels], initializer: .zeros) : nil
        self.strides = strides
        self.padding = padding
        self.dilations = dilations
        self.groups = groups
    }

    /// The number of input channels, C.
    public var inputChannels: Int { $weight.shape[1] * groups }
    /// The number of output channels, O.
    public var outputChannels: Int { $weight.shape[0] }
    /// The size of the window, KH and KW.
    public var kernel: Size { Size(height: $weight.shape[2], width: $weight.shape[3]) }

    var weightParameter: Parameter { $weight }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        forward(input, context: context) {
            input.convolved(
                weight: weight, bias: bias?.wrappedValue, strides: strides, padding: padding, dilations: dilations,
                groups: groups)
        }
    }

    /// Calculates the convolution with what a block fuses into it.
    /// - Parameter exact: The calculation in float32.
    func forward(
        _ input: Tensor, residual: Tensor? = nil, normalization: ChannelNormalization? = nil,
        activation: Activation = .identity, context: Context, exact: () -> Tensor
    ) -> Tensor {
        calculate(input, residual: residual, context, exact: exact) { form in
            // Calibration gives each residual that it sees a form.
            let rounded = residual.map { ($0, form.residual ?? form.input) }
            return input.quantizedConvolution(
                weight: form.weight, bias: bias?.value, strides: strides, padding: padding, dilations: dilations,
                groups: groups, images: form.input, normalization: normalization, activation: activation,
                residual: rounded)
        }
    }
}

/// A transposed convolution, which enlarges images, like `torch.nn.ConvTranspose2d`.
///
/// Maps `[N, H, W, C]` to `[N, H', W', O]` with
/// `H' = (H - 1) · stride + dilation · (KH - 1) + 1 + outputPadding - padding`, where `padding` is the sum of both
/// edges, and W' likewise.
public final class ConvolutionTranspose2D: Layer {
    /// The filters, `[C, O / groups, KH, KW]`.
    @Parameter public var weight: Tensor
    /// The bias, `[O]`; nil without one.
    public let bias: Parameter?

    /// The factors by which the image is enlarged.
    public let strides: Size
    /// The rows and columns that are removed at each edge of the result.
    public let padding: EdgeInsets
    /// The rows and columns that are added at the bottom and the right edge, smaller than the strides.
    public let outputPadding: Size
    /// The distances between the pixels of a window; 1 for adjacent pixels.
    public let dilations: Size
    /// The number of groups of channels that are convolved separately.
    public let groups: Int

    /// Creates a transposed convolution.
    /// - Parameters:
    ///   - inputChannels: C, a multiple of `groups`.
    ///   - outputChannels: O, a multiple of `groups`.
    ///   - kernel: The size of the window, KH and KW.
    ///   - strides: The factors by which the image is enlarged.
    ///   - padding: The rows and columns that are removed at each edge.
    ///   - outputPadding: The rows and columns that are added at the bottom and the right edge.
    ///   - dilations: The distances between the pixels of a window.
    ///   - groups: The number of groups of channels.
    ///   - hasBias: Whether a bias is added to each output channel.
    ///   - initializer: Draws the filters; the bias starts at 0.
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

/// Traps if no convolution can have these settings.
/// - Parameter problem: What is wrong with its geometry.
func requireChannels(_ layer: String, _ inputs: Int, _ outputs: Int, problem: String?, _ groups: Int) {
    require(inputs, .count, "\(layer): inputChannels")
    require(outputs, .count, "\(layer): outputChannels")
    if let problem { trap("\(layer): \(problem)") }
    require(
        inputs % groups == 0 && outputs % groups == 0,
        "\(layer): \(inputs) input and \(outputs) output channels must be multiples of \(groups) groups")
}

extension Padding {
    /// Half of the kernel at each edge: an odd kernel with a stride of 1 keeps the size of the image.
    /// - Parameters:
    ///   - kernel: The size of the window.
    ///   - dilations: The distances between the pixels of the window.
    public static func half(of kernel: Size, dilations: Size = 1) -> Padding {
        // An invalid kernel or dilation is reported as such by the layer, and not as an invalid padding.
        guard ConvolutionGeometry(dilations: dilations).problem(kernel: kernel) == nil else { return .valid }
        let rows = dilations.height * (kernel.height - 1) / 2
        let columns = dilations.width * (kernel.width - 1) / 2
        return .explicit(EdgeInsets(top: rows, bottom: rows, left: columns, right: columns))
    }
}
