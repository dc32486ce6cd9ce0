import CKernels

/// How the window of a pooling moves over an image `[N, H, W, C]`.
struct PoolingWindow: Hashable, Sendable {
    var kernel: Size
    var strides: Size
    var padding: EdgeInsets = 0
    var dilations: Size = 1
    /// Whether windows that lie partly behind the end count, as long as they begin before it.
    var ceilMode = false

    /// What the operations that use the window tell of it.
    var attributes: [String: OperationAttribute] {
        [
            "kernel": .size(kernel), "strides": .size(strides), "padding": .insets(padding),
            "dilations": .size(dilations), "ceil_mode": .bool(ceilMode),
        ]
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
        guard input.shape.rank == 4, input.dataType.isFloatingPoint, input.shape[1] * input.shape[2] > 0 else {
            throw fail("\(input) is not a float image [N, H, W, C]")
        }
        guard [kernel, strides, dilations].allSatisfy({ $0.height > 0 && $0.width > 0 }) else {
            throw fail("kernel \(kernel), strides \(strides), dilations \(dilations) must be positive")
        }
        let reach = Size(
            height: dilations.height * (kernel.height - 1) + 1, width: dilations.width * (kernel.width - 1) + 1)
        let rows = 0...reach.height / 2
        let columns = 0...reach.width / 2
        guard rows.contains(padding.top), rows.contains(padding.bottom), columns.contains(padding.left),
            columns.contains(padding.right)
        else { throw fail("padding \(padding) is more than half of the window, \(reach)") }
        let image = Size(height: input.shape[1], width: input.shape[2])
        let size = outputSize(input: image)
        guard size.height > 0, size.width > 0 else { throw fail("a window of \(reach) does not fit into \(image)") }
        return TensorSpecification(
            shape: [input.shape[0], size.height, size.width, input.shape[3]], dataType: input.dataType)
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
