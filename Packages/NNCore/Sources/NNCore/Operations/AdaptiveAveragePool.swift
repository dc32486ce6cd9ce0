/// The means of regions that divide the image as evenly as whole pixels can.
struct AdaptiveAveragePool: PlacedOperation {
    let name = "adaptiveAveragePool"
    let size: Size

    var attributes: [String: OperationAttribute] { ["size": .size(size)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        // The shape rule of the two is the same.
        do {
            return try Resize(size: size, method: .nearest).outputs(for: inputs)
        } catch {
            throw ShapeError(operation: name, reason: error.reason)
        }
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
        (weights(from: shape[1], to: size.height), weights(from: shape[2], to: size.width))
    }

    private func weights(from input: Int, to output: Int) -> AxisWeights {
        var result = AxisWeights(sourceLength: input)
        for position in 0..<output {
            // Regions share a pixel where they do not end between two.
            let region = position * input / output..<((position + 1) * input + output - 1) / output
            result.append(region.map { ($0, 1 / Float(region.count)) })
        }
        return result
    }
}

extension Tensor {
    /// The means of `size` regions of an image `[N, H, W, C]`, giving `[N, OH, OW, C]`.
    ///
    /// The region `i` of `n` along an axis of `L` pixels is from `floor(i · L / n)` to `ceil((i + 1) · L / n)`,
    /// as in PyTorch; a smaller image repeats its pixels.
    public func adaptivelyAveragePooled(to size: Size) -> Tensor {
        AdaptiveAveragePool(size: size).apply(to: self)
    }
}
