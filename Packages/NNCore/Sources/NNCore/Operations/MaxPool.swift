import CNNKernels

/// The largest value under each window, and where it was if that is asked for.
///
/// The pullback needs the place of each maximum only: the number of the tap in the window, one byte,
/// or the index where that is a result anyway. The input need not be kept.
struct MaxPool: PlacedOperation {
    let name = "maxPool"
    let window: PoolingWindow
    /// Whether the second result is the position `y * W + x` of each maximum, int32.
    let givesIndices: Bool

    var attributes: [String: OperationAttribute] {
        window.attributes.merging(["gives_indices": .bool(givesIndices)]) { $1 }
    }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let output = try window.output(for: inputs[0], operation: name)
        let pixels = inputs[0].shape[1].multipliedReportingOverflow(by: inputs[0].shape[2])
        if givesIndices || window.kernel.area > 256, pixels.overflow || pixels.partialValue > Int(Int32.max) {
            throw ShapeError(operation: name, reason: "an image of \(inputs[0]) has more than 2^31 - 1 pixels")
        }
        // The taps of a window are listed.
        guard window.kernel.area <= 1 << 26 else {
            throw ShapeError(operation: name, reason: "a window of \(window.kernel) has too many pixels")
        }
        let indices = TensorSpecification(shape: output.shape, dataType: .int32)
        return givesIndices ? [output, indices] : [output]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        guard givesIndices || context.recordsGradient else { return written(inputs) }
        let input = inputs[0]
        let form = window.kernelForm(for: input.shape)
        let shape: Shape = [input.shape[0], Int(form.output_height), Int(form.output_width), input.shape[3]]
        let output = Tensor(uninitialized: shape, dataType: input.dataType)
        let positions = Tensor(
            uninitialized: shape, dataType: givesIndices || window.kernel.area > 256 ? .int32 : .uint8)
        Self.pool(input, form, into: output, positions)
        context.save(positions)
        return givesIndices ? [output, positions] : [output]
    }

    func writer(for inputs: [TensorSpecification]) -> ResultWriter? {
        let form = window.kernelForm(for: inputs[0].shape)
        return { inputs, results in
            Self.pool(inputs[0], form, into: results[0], results.count > 1 ? results[1] : nil)
        }
    }

    private static func pool(_ input: Tensor, _ form: nn_window, into output: Tensor, _ positions: Tensor?) {
        var form = form
        nn_max_pool(
            output.unsafePointer, positions?.unsafePointer, positions?.positionKind ?? Int32(NN_NO_POSITION),
            input.unsafePointer, input.dataType.kernelCode, &form)
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        let positions = context.saved(0)
        let shape = context.input(0).shape
        let result = Tensor(uninitialized: shape, dataType: gradient.dataType)
        var form = window.kernelForm(for: shape)
        nn_max_pool_gradient(
            result.unsafePointer, gradient.unsafePointer, positions.unsafePointer, positions.positionKind,
            gradient.dataType.kernelCode, &form)
        return [result]
    }
}

extension Tensor {
    /// What the C kernels call positions of this type.
    fileprivate var positionKind: Int32 { Int32(dataType == .uint8 ? NN_TAP : NN_INDEX) }

    /// The largest value under each window of an image `[N, H, W, C]`, giving `[N, OH, OW, C]`.
    ///
    /// The first of equal values counts, NaN counts as largest, padding never does.
    /// - Parameters:
    ///   - kernel: the size of the window.
    ///   - strides: the distance between windows, by default the window's size.
    ///   - padding: pixels added at each edge, at most half of the window.
    ///   - dilations: the distance between neighbouring pixels of a window.
    ///   - ceilMode: whether windows that reach over the end count as long as they begin before it.
    public func maxPooled(
        kernel: Size, strides: Size? = nil, padding: EdgeInsets = 0, dilations: Size = 1, ceilMode: Bool = false
    ) -> Tensor {
        let window = PoolingWindow(
            kernel: kernel, strides: strides ?? kernel, padding: padding, dilations: dilations, ceilMode: ceilMode)
        return MaxPool(window: window, givesIndices: false).apply(to: self)
    }

    /// The largest value under each window, and its position `y * W + x` in the image as int32, both
    /// `[N, OH, OW, C]`; see ``maxPooled(kernel:strides:padding:dilations:ceilMode:)``.
    public func maxPooledWithIndices(
        kernel: Size, strides: Size? = nil, padding: EdgeInsets = 0, dilations: Size = 1, ceilMode: Bool = false
    ) -> (values: Tensor, indices: Tensor) {
        let window = PoolingWindow(
            kernel: kernel, strides: strides ?? kernel, padding: padding, dilations: dilations, ceilMode: ceilMode)
        let results = MaxPool(window: window, givesIndices: true).apply(to: [self])
        return (results[0], results[1])
    }
}
