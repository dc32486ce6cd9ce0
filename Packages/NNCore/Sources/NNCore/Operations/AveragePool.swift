/// The mean of the values under each window.
struct AveragePool: PlacedOperation {
    let name = "averagePool"
    let window: PoolingWindow
    /// Whether the zeros of the padding count as values.
    let countsPadding: Bool

    var attributes: [String: OperationAttribute] {
        window.attributes.merging(["counts_padding": .bool(countsPadding)]) { $1 }
    }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let output = try window.output(for: inputs[0], operation: name)
        let size = Size(height: output.shape[1], width: output.shape[2])
        let (rows, columns) = (size.height * window.kernel.height, size.width * window.kernel.width)
        try AxisWeights.checkTerms(rows, columns, of: size, for: name)
        return [output]
    }

    func writer(for inputs: [TensorSpecification]) -> ResultWriter? {
        let (rows, columns) = weights(for: inputs[0].shape)
        return { inputs, results in inputs[0].resample(rows: rows, columns: columns, into: results[0]) }
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let (rows, columns) = weights(for: context.input(0).shape)
        return [context.takeGradient().resampled(rows: rows.transposed, columns: columns.transposed)]
    }

    private func weights(for shape: Shape) -> (rows: AxisWeights, columns: AxisWeights) {
        let size = window.outputSize(input: Size(height: shape[1], width: shape[2]))
        let padding = window.padding
        return (
            weights(shape[1], size.height, window.kernel.height, window.strides.height, padding.top, padding.bottom),
            weights(shape[2], size.width, window.kernel.width, window.strides.width, padding.left, padding.right)
        )
    }

    private func weights(
        _ input: Int, _ output: Int, _ kernel: Int, _ stride: Int, _ before: Int, _ after: Int
    ) -> AxisWeights {
        var result = AxisWeights(sourceLength: input)
        for position in 0..<output {
            let start = position * stride - before
            // In ceil mode a window may reach over the padding; what lies behind it never counts.
            let inside = max(start, 0)..<min(start + kernel, input)
            let count = countsPadding ? min(start + kernel, input + after) - start : inside.count
            result.append(inside.map { ($0, 1 / Float(count)) })
        }
        return result
    }
}

extension Tensor {
    /// The mean under each window of an image `[N, H, W, C]`, giving `[N, OH, OW, C]`.
    ///
    /// - Parameters:
    ///   - kernel: the size of the window.
    ///   - strides: the distance between windows, by default the window's size.
    ///   - padding: pixels added at each edge, at most half of the window.
    ///   - countsPadding: whether the padding counts as zeros; if not, the mean is over what lies inside.
    ///   - ceilMode: whether windows that reach over the end count as long as they begin before it.
    public func averagePooled(
        kernel: Size, strides: Size? = nil, padding: EdgeInsets = 0, countsPadding: Bool = true,
        ceilMode: Bool = false
    ) -> Tensor {
        let window = PoolingWindow(
            kernel: kernel, strides: strides ?? kernel, padding: padding, ceilMode: ceilMode)
        return AveragePool(window: window, countsPadding: countsPadding).apply(to: self)
    }
}
