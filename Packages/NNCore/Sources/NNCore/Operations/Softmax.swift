import CNNKernels

/// exp(x) / Σ exp(x) along one dimension, or its logarithm.
struct Softmax: TensorOperation {
    let isLogarithm: Bool
    let axis: Int

    var name: String { isLogarithm ? "logSoftmax" : "softmax" }

    var attributes: [String: OperationAttribute] { ["axis": .int(axis)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let input = try inputs[0].floatingPoint(for: name)
        guard resolvedAxis(axis, rank: input.shape.rank) != nil else {
            throw ShapeError(operation: name, reason: "\(input.shape) has no axis \(axis)")
        }
        return [input]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let input = inputs[0]
        let result = Tensor(uninitialized: input.shape, dataType: input.dataType)
        let lines = Lines(of: input.shape, along: axis)
        nn_softmax(
            isLogarithm ? 1 : 0, input.dataType.kernelCode, result.unsafePointer, input.unsafePointer, lines.outer,
            lines.length, lines.inner)
        context.save(result)
        return [result]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        let saved = context.saved(0)
        let result = Tensor(uninitialized: saved.shape, dataType: saved.dataType)
        let lines = Lines(of: saved.shape, along: axis)
        nn_softmax_gradient(
            isLogarithm ? 1 : 0, saved.dataType.kernelCode, result.unsafePointer, gradient.unsafePointer,
            saved.unsafePointer, lines.outer, lines.length, lines.inner)
        return [result]
    }
}

/// The lines of a tensor along one dimension: `[outer, length, inner]`.
struct Lines {
    let outer: Int64
    let length: Int64
    let inner: Int64

    init(of shape: Shape, along axis: Int) {
        let axis = axis < 0 ? axis + shape.rank : axis
        outer = Int64(shape[..<axis].reduce(1, *))
        length = Int64(shape[axis])
        inner = Int64(shape[(axis + 1)...].reduce(1, *))
    }
}

extension Tensor {
    /// exp(x) / Σ exp(x) along one dimension, float32 or bfloat16.
    public func softmax(axis: Int = -1) -> Tensor { Softmax(isLogarithm: false, axis: axis).apply(to: self) }

    /// The logarithm of the softmax along one dimension, without loss where the softmax is small.
    public func logSoftmax(axis: Int = -1) -> Tensor { Softmax(isLogarithm: true, axis: axis).apply(to: self) }
}
