import CNNKernels

/// The index of the greatest element along one dimension.
struct Argmax: TensorOperation {
    let name = "argmax"
    let axis: Int

    var attributes: [String: OperationAttribute] { ["axis": .int(axis)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let input = try inputs[0].floatingPoint(for: name)
        guard let axis = resolvedAxis(axis, rank: input.shape.rank), (1...Int(Int32.max)).contains(input.shape[axis])
        else {
            throw ShapeError(operation: name, reason: "\(input.shape) has no elements along axis \(axis), or too many")
        }
        return [TensorSpecification(shape: Self.shape(of: input.shape, without: axis), dataType: .int32)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let input = inputs[0]
        let lines = Lines(of: input.shape, along: axis)
        let resolved = axis < 0 ? axis + input.rank : axis
        let result = Tensor(uninitialized: Self.shape(of: input.shape, without: resolved), dataType: .int32)
        nn_argmax(
            input.dataType.kernelCode, result.unsafePointer.assumingMemoryBound(to: Int32.self), input.unsafePointer,
            lines.outer, lines.length, lines.inner)
        return [result]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] { [nil] }

    private static func shape(of shape: Shape, without axis: Int) -> Shape {
        Shape(Array(shape.dimensions[..<axis] + shape.dimensions[(axis + 1)...]))
    }
}

extension Tensor {
    /// The index of the greatest element along one dimension, which is left out: int32.
    ///
    /// Of equal elements the first counts; NaN counts as greatest.
    public func argmax(axis: Int = -1) -> Tensor { Argmax(axis: axis).apply(to: self) }

    /// The index of the smallest element along one dimension, which is left out: int32.
    ///
    /// Of equal elements the first counts; NaN counts as smallest.
    public func argmin(axis: Int = -1) -> Tensor { (-self).argmax(axis: axis) }
}
