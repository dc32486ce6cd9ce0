/// A two-dimensional convolution of `[N, H, W, C]`.
public final class Conv2D: Layer {
    /// `[O, C / groups, KH, KW]`
    @Parameter public var weight: Tensor
    /// `[O]`
    public let bias: Parameter?

    public let strides: Size
    public let padding: Padding
    public let dilations: Size
    public let groups: Int

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

    public var inputChannels: Int { $weight.shape[1] * groups }
    public var outputChannels: Int { $weight.shape[0] }
    public var kernel: Size { Size(height: $weight.shape[2], width: $weight.shape[3]) }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        input.convolved(
            weight: weight, bias: bias?.wrappedValue, strides: strides, padding: padding, dilations: dilations,
            groups: groups)
    }
}

/// Traps where no convolution can have these settings.
/// - Parameter problem: What is wrong with its geometry.
func requireChannels(_ layer: String, _ inputs: Int, _ outputs: Int, problem: String?, _ groups: Int) {
    require(inputs, .count, "\(layer): inputChannels")
    require(outputs, .count, "\(layer): outputChannels")
    if let problem { trap("\(layer): \(problem)") }
    require(
        inputs % groups == 0 && outputs % groups == 0,
        "\(layer): \(inputs) and \(outputs) channels cannot be split into \(groups) groups")
}

extension Padding {
    /// Half of a kernel at each edge: an odd kernel with a stride of 1 keeps the size.
    public static func half(of kernel: Size, dilations: Size = 1) -> Padding {
        // Where it has no meaning, that is said of the kernel or the dilation and not of the padding.
        guard ConvolutionGeometry(dilations: dilations).problem(kernel: kernel) == nil else { return .valid }
        let rows = dilations.height * (kernel.height - 1) / 2
        let columns = dilations.width * (kernel.width - 1) / 2
        return .explicit(EdgeInsets(top: rows, bottom: rows, left: columns, right: columns))
    }
}

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
