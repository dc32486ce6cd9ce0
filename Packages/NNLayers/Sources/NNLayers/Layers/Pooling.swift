@_spi(Kernels) import NNCore

/// The maximum of each window, like `torch.nn.MaxPool2d`.
///
/// Maps `[N, H, W, C]` to `[N, H', W', C]` with `H' = (H + padding - KH) / stride + 1`, rounded down, or up in ceil
/// mode, where `padding` is the sum of both edges, and W' likewise.
public final class MaxPool2D: Layer {
    /// The size of the window, KH and KW.
    public let kernel: Size
    /// The steps between windows, in pixels.
    public let strides: Size
    /// The edges around the image, which are never the maximum.
    public let padding: EdgeInsets
    /// Whether a last window that extends beyond the edge counts.
    public let ceilMode: Bool

    /// Creates a max pooling layer.
    /// - Parameters:
    ///   - kernel: The size of the window.
    ///   - strides: The steps between windows; by default the kernel, so that windows do not overlap.
    ///   - padding: The edges around the image, at most half of the window.
    ///   - ceilMode: Whether a last window that extends beyond the edge counts.
    public init(kernel: Size, strides: Size? = nil, padding: EdgeInsets = 0, ceilMode: Bool = false) {
        requireWindow("MaxPool2D", kernel, strides, padding)
        self.kernel = kernel
        self.strides = strides ?? kernel
        self.padding = padding
        self.ceilMode = ceilMode
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        input.maxPooled(kernel: kernel, strides: strides, padding: padding, ceilMode: ceilMode)
    }
}

/// The mean of each window, like `torch.nn.AvgPool2d`.
///
/// Maps `[N, H, W, C]` to `[N, H', W', C]` with `H' = (H + padding - KH) / stride + 1`, rounded down, or up in ceil
/// mode, where `padding` is the sum of both edges, and W' likewise.
public final class AveragePool2D: Layer {
    /// The size of the window, KH and KW.
    public let kernel: Size
    /// The steps between windows, in pixels.
    public let strides: Size
    /// The edges around the image.
    public let padding: EdgeInsets
    /// Whether the padding counts as zeros in the mean.
    public let countsPadding: Bool
    /// Whether a last window that extends beyond the edge counts.
    public let ceilMode: Bool

    /// Creates an average pooling layer.
    /// - Parameters:
    ///   - kernel: The size of the window.
    ///   - strides: The steps between windows; by default the kernel, so that windows do not overlap.
    ///   - padding: The edges around the image, at most half of the window.
    ///   - countsPadding: Whether the padding counts as zeros in the mean (`count_include_pad`).
    ///   - ceilMode: Whether a last window that extends beyond the edge counts.
    public init(
        kernel: Size, strides: Size? = nil, padding: EdgeInsets = 0, countsPadding: Bool = true,
        ceilMode: Bool = false
    ) {
        requireWindow("AveragePool2D", kernel, strides, padding)
        self.kernel = kernel
        self.strides = strides ?? kernel
        self.padding = padding
        self.countsPadding = countsPadding
        self.ceilMode = ceilMode
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        input.averagePooled(
            kernel: kernel, strides: strides, padding: padding, countsPadding: countsPadding, ceilMode: ceilMode)
    }
}

/// Averages over a grid of regions, like `torch.nn.AdaptiveAvgPool2d`: `[N, H, W, C]` to `[N, H', W', C]`.
///
/// The output has the given size for every input size.
public final class AdaptiveAveragePool2D: Layer {
    /// The size of the output, H' and W'.
    public let size: Size

    /// Creates an adaptive average pooling layer.
    /// - Parameter size: The size of the output.
    public init(size: Size) {
        require(size.height, .count, "AdaptiveAveragePool2D: the height")
        require(size.width, .count, "AdaptiveAveragePool2D: the width")
        self.size = size
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor { input.adaptivelyAveragePooled(to: size) }
}

/// Traps if no pooling can have these settings.
private func requireWindow(_ layer: String, _ kernel: Size, _ strides: Size?, _ padding: EdgeInsets) {
    let geometry = ConvolutionGeometry(strides: strides ?? kernel, padding: padding)
    if let problem = geometry.poolingProblem(kernel: kernel) { trap("\(layer): \(problem)") }
}

/// Enlarges images by integer factors, like `torch.nn.Upsample`.
///
/// Maps `[N, H, W, C]` to `[N, factor · H, factor · W, C]`, with a factor for each side.
public final class Upsample: Layer {
    /// The factors of height and width.
    public let factors: Size
    /// The interpolation between pixels.
    public let method: ResizeMethod

    /// Creates an upsampling layer.
    /// - Parameters:
    ///   - factors: The factors of height and width.
    ///   - method: The interpolation method.
    public init(factors: Size, method: ResizeMethod = .nearest) {
        require(factors.height, .count, "Upsample: the factor of the height")
        require(factors.width, .count, "Upsample: the factor of the width")
        self.factors = factors
        self.method = method
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        // The shape rule of the operation rejects inputs that are no images or would become too large.
        func length(_ axis: Int, _ factor: Int) -> Int {
            guard input.rank == 4 else { return factor }
            let (product, isOverflow) = input.shape[axis].multipliedReportingOverflow(by: factor)
            return isOverflow ? .max : product
        }
        let size = Size(height: length(1, factors.height), width: length(2, factors.width))
        return input.resized(to: size, method: method)
    }
}
