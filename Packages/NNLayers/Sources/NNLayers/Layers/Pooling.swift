/// The maximum of each window of `[N, H, W, C]`.
public final class MaxPool2D: Layer {
    public let kernel: Size
    public let strides: Size
    /// Edges that never win.
    public let padding: EdgeInsets
    /// Whether a last window that hangs over the edge counts.
    public let ceilMode: Bool

    /// - Parameter strides: The distance between windows; by default they do not overlap.
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

/// The mean of each window of `[N, H, W, C]`.
public final class AveragePool2D: Layer {
    public let kernel: Size
    public let strides: Size
    public let padding: EdgeInsets
    /// Whether padding counts as zeros in the mean.
    public let countsPadding: Bool
    /// Whether a last window that hangs over the edge counts.
    public let ceilMode: Bool

    /// - Parameter strides: The distance between windows; by default they do not overlap.
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

/// The means of as many regions of `[N, H, W, C]` as are asked for, whatever the size.
public final class AdaptiveAveragePool2D: Layer {
    /// The size of the result.
    public let size: Size

    public init(size: Size) {
        require(size.height, .count, "AdaptiveAveragePool2D: the height")
        require(size.width, .count, "AdaptiveAveragePool2D: the width")
        self.size = size
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor { input.adaptivelyAveragePooled(to: size) }
}

/// The mean of each channel over the whole image: `[N, H, W, C]` to `[N, C]`.
public final class GlobalAveragePool: Layer {
    public init() {}

    public func forward(_ input: Tensor, context: Context) -> Tensor { input.globalAveragePooled() }
}

/// Traps where no pooling can have these settings.
private func requireWindow(_ layer: String, _ kernel: Size, _ strides: Size?, _ padding: EdgeInsets) {
    let geometry = ConvolutionGeometry(strides: strides ?? kernel, padding: padding)
    if let problem = geometry.poolingProblem(kernel: kernel) { trap("\(layer): \(problem)") }
}

/// Enlarges `[N, H, W, C]` by whole factors.
public final class Upsample: Layer {
    public let factors: Size
    public let method: ResizeMethod

    public init(factors: Size, method: ResizeMethod = .nearest) {
        require(factors.height, .count, "Upsample: the factor of the height")
        require(factors.width, .count, "Upsample: the factor of the width")
        self.factors = factors
        self.method = method
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        // What is no image, or would be too large for one, is refused by the shape rule.
        func length(_ axis: Int, _ factor: Int) -> Int {
            guard input.rank == 4 else { return factor }
            let (product, isOverflow) = input.shape[axis].multipliedReportingOverflow(by: factor)
            return isOverflow ? .max : product
        }
        let size = Size(height: length(1, factors.height), width: length(2, factors.width))
        return input.resized(to: size, method: method)
    }
}
