/// How pixels between those of an image are made.
public enum ResizeMethod: Hashable, Sendable {
    /// The pixel at `floor(y · H / OH)`, as PyTorch's `nearest`.
    case nearest
    /// The mean of the four pixels around, weighted by distance, without smoothing where the image
    /// shrinks. Corners are the centres of the corner pixels where they are aligned, else the image's.
    case bilinear(alignsCorners: Bool = false)

    /// What the pixels along one axis of the result are made of. In float32, as PyTorch calculates it, so
    /// that rounding picks the same pixels.
    func weights(from input: Int, to output: Int) -> AxisWeights {
        var result = AxisWeights(sourceLength: input)
        switch self {
        case .nearest:
            let scale = Float(input) / Float(output)
            for position in 0..<output {
                result.append([(min(Int(Float(position) * scale), input - 1), 1)])
            }
        case .bilinear(let alignsCorners):
            let scale =
                if alignsCorners { output > 1 ? Float(input - 1) / Float(output - 1) : 0 } else {
                    Float(input) / Float(output)
                }
            for position in 0..<output {
                let source = alignsCorners ? scale * Float(position) : max(scale * (Float(position) + 0.5) - 0.5, 0)
                let lower = min(Int(source), input - 1)
                let part = min(source - Float(lower), 1)
                result.append([(lower, 1 - part), (min(lower + 1, input - 1), part)])
            }
        }
        return result
    }
}

/// Makes an image larger or smaller.
struct Resize: PlacedOperation {
    let name = "resize"
    let size: Size
    let method: ResizeMethod

    /// The method as text, `nearest` or `bilinear`.
    var attributes: [String: OperationAttribute] {
        switch method {
        case .nearest: ["size": .size(size), "method": .text("nearest")]
        case .bilinear(let alignsCorners):
            ["size": .size(size), "method": .text("bilinear"), "aligns_corners": .bool(alignsCorners)]
        }
    }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let input = inputs[0]
        let image = try input.imageSize(for: name)
        // A pixel is made of two along each axis, and an axis of an adaptive pooling of all pixels.
        // Sizes that are refused may be anything.
        func bounded(_ length: Int) -> Int { Swift.min(Swift.max(length, 0), 1 << 40) }
        let (height, width) = (bounded(size.height), bounded(size.width))
        try AxisWeights.checkTerms(
            Swift.max(2 * height, image.height + height), Swift.max(2 * width, image.width + width), of: size,
            for: name)
        return [
            TensorSpecification(
                shape: [input.shape[0], size.height, size.width, input.shape[3]], dataType: input.dataType)
        ]
    }

    func writer(for inputs: [TensorSpecification]) -> ResultWriter? {
        // Of shapes alone it is recorded for every size.
        if inputs[0].shape[1] == size.height, inputs[0].shape[2] == size.width { return nil }
        let (rows, columns) = weights(for: inputs[0].shape)
        return { inputs, results in inputs[0].resample(rows: rows, columns: columns, into: results[0]) }
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let (rows, columns) = weights(for: context.input(0).shape)
        return [context.takeGradient().resampled(rows: rows.transposed, columns: columns.transposed)]
    }

    private func weights(for shape: Shape) -> (rows: AxisWeights, columns: AxisWeights) {
        (method.weights(from: shape[1], to: size.height), method.weights(from: shape[2], to: size.width))
    }
}

extension Tensor {
    /// The image `[N, H, W, C]` with `size` pixels instead of `H x W`.
    ///
    /// An image that has the size already is given as it is; of shapes alone the operation is recorded, since images
    /// of other sizes may go the same way.
    public func resized(to size: Size, method: ResizeMethod) -> Tensor {
        if !isSymbolic, rank == 4, shape[1] == size.height, shape[2] == size.width { return self }
        return Resize(size: size, method: method).apply(to: self)
    }
}
