import CNNKernels

/// The sums of all elements up to each along one dimension.
struct CumulativeSum: TensorOperation {
    let name = "cumulativeSum"
    /// Counted from the end where it is negative.
    let axis: Int

    var attributes: [String: OperationAttribute] { ["axis": .int(axis)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let input = inputs[0]
        guard resolvedAxis(axis, rank: input.shape.rank) != nil else {
            throw ShapeError(operation: name, reason: "\(input.shape) has no axis \(axis)")
        }
        return [
            TensorSpecification(
                shape: input.shape, dataType: input.dataType.isFloatingPoint ? input.dataType : .int64)
        ]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] { [sums(of: inputs[0])] }

    /// An element is part of all sums from its own on.
    func backward(context: inout BackwardContext) -> [Tensor?] { [sums(of: context.takeGradient(), isReversed: true)] }

    private func sums(of input: Tensor, isReversed: Bool = false) -> Tensor {
        let lines = Lines(of: input.shape, along: axis)
        let result = Tensor(
            uninitialized: input.shape, dataType: input.dataType.isFloatingPoint ? input.dataType : .int64)
        nn_cumulative_sum(
            isReversed ? 1 : 0, input.dataType.kernelCode, result.unsafePointer, input.unsafePointer, lines.outer,
            lines.length, lines.inner)
        return result
    }
}

extension Tensor {
    /// The sum of all elements up to each one, itself included, along one dimension: of `[1, 2, 3]`, `[1, 3, 6]`.
    ///
    /// Floats keep their type and are summed in double precision; integers give int64, and wrap around.
    public func cumulativeSum(axis: Int) -> Tensor { CumulativeSum(axis: axis).apply(to: self) }
}
