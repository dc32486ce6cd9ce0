import CNNKernels

/// How the window of a pooling moves over an image `[N, H, W, C]`.
struct PoolingWindow: Hashable, Sendable {
    var kernel: Size
    var strides: Size
    var padding: EdgeInsets = 0
    var dilations: Size = 1
    /// Whether windows that lie partly behind the end count, as long as they begin before it.
    var ceilMode = false

    /// The window as attributes of the operations that use it.
    var attributes: [String: OperationAttribute] {
        [
            "kernel": .size(kernel), "strides": .size(strides), "padding": .insets(padding),
            "dilations": .size(dilations), "ceil_mode": .bool(ceilMode),
        ]
    }

    private var geometry: ConvolutionGeometry {
        ConvolutionGeometry(strides: strides, dilations: dilations, padding: padding)
    }

    /// The size of the result; not positive where the window does not fit.
    func outputSize(input: Size) -> Size {
        func length(
            _ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ before: Int, _ after: Int
        ) -> Int {
            let room = input + before + after - (dilation * (kernel - 1) + 1)
            // In ceil mode the first window too may reach over the end.
            let distance = ceilMode ? room + stride - 1 : room
            guard distance >= 0 else { return 0 }
            let count = distance / stride + 1
            return (count - 1) * stride >= input + before ? count - 1 : count
        }
        return Size(
            height: length(
                input.height, kernel.height, strides.height, dilations.height, padding.top, padding.bottom),
            width: length(input.width, kernel.width, strides.width, dilations.width, padding.left, padding.right))
    }

    /// The shape rule of every pooling.
    func output(for input: TensorSpecification, operation: String) throws(ShapeError) -> TensorSpecification {
        func fail(_ reason: String) -> ShapeError { ShapeError(operation: operation, reason: reason) }
        let image = try input.imageSize(for: operation)
        if let problem = geometry.poolingProblem(kernel: kernel) { throw fail(problem) }
        let reach = Size(
            height: dilations.height * (kernel.height - 1) + 1, width: dilations.width * (kernel.width - 1) + 1)
        let size = outputSize(input: image)
        guard size.height > 0, size.width > 0 else { throw fail("a window of \(reach) does not fit into \(image)") }
        guard
            Self.meetPixels(size.height, image.height, kernel.height, strides.height, dilations.height, padding.top),
            Self.meetPixels(size.width, image.width, kernel.width, strides.width, dilations.width, padding.left)
        else { throw fail("a window of \(reach) lies between the pixels of \(image) without meeting one") }
        return TensorSpecification(
            shape: [input.shape[0], size.height, size.width, input.shape[3]], dataType: input.dataType)
    }

    /// Whether every window along an axis has a pixel under it. An axis that is as long as the dilation has always.
    private static func meetPixels(
        _ output: Int, _ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ before: Int
    ) -> Bool {
        input >= dilation
            || (0..<output).allSatisfy { position in
                let start = position * stride - before
                let skipped = start < 0 ? (dilation - 1 - start) / dilation : 0
                return skipped < kernel && start + skipped * dilation < input
            }
    }

    /// The form in which the C kernels take it, for images of `shape`.
    func kernelForm(for shape: Shape) -> nn_window {
        let output = outputSize(input: Size(height: shape[1], width: shape[2]))
        return nn_window(
            batch: Int64(shape[0]), height: Int64(shape[1]), width: Int64(shape[2]), channels: Int64(shape[3]),
            output_height: Int64(output.height), output_width: Int64(output.width),
            kernel_height: Int64(kernel.height), kernel_width: Int64(kernel.width),
            stride_height: Int64(strides.height), stride_width: Int64(strides.width),
            dilation_height: Int64(dilations.height), dilation_width: Int64(dilations.width),
            padding_top: Int64(padding.top), padding_bottom: Int64(padding.bottom),
            padding_left: Int64(padding.left), padding_right: Int64(padding.right))
    }
}

extension TensorSpecification {
    /// Height and width of a float image `[N, H, W, C]` with pixels.
    func imageSize(for operation: String) throws(ShapeError) -> Size {
        guard shape.rank == 4, dataType.isFloatingPoint, shape[1] > 0, shape[2] > 0 else {
            throw ShapeError(operation: operation, reason: "\(self) is not a float image [N, H, W, C]")
        }
        let size = Size(height: shape[1], width: shape[2])
        guard size.isPossible else {
            throw ShapeError(
                operation: operation, reason: "\(self) has more than \(Size.lengthLimit) rows or columns of pixels")
        }
        return size
    }
}

/// A product of counts, at most 2^56, which no network reaches: sums of such cannot overflow.
func saturatingProduct(_ left: Int, _ right: Int) -> Int {
    let (product, isOverflow) = left.multipliedReportingOverflow(by: right)
    return isOverflow ? 1 << 56 : min(product, 1 << 56)
}
