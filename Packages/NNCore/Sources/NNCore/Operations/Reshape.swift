/// Looks at the same elements under another shape, without copying them.
struct Reshape: TensorOperation {
    let name = "reshape"
    /// The new lengths; one may be -1.
    let shape: Shape

    var attributes: [String: OperationAttribute] { ["shape": .ints(shape.dimensions)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let input = inputs[0].shape
        guard shape.count(where: { $0 == -1 }) <= 1 else {
            throw ShapeError(operation: name, reason: "\(input) as \(shape), of which more than one length is -1")
        }
        let known = Shape(shape.filter { $0 != -1 })
        let result = known.checkedElementCount == nil ? shape : resolved(for: input)
        guard result.checkedElementCount == input.elementCount else {
            throw ShapeError(operation: name, reason: "\(input) does not have the elements of \(shape)")
        }
        return [TensorSpecification(shape: result, dataType: inputs[0].dataType)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        [inputs[0].viewed(as: resolved(for: inputs[0].shape))]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        [context.takeGradient().viewed(as: context.input(0).shape)]
    }

    /// The new shape with its free length filled in.
    private func resolved(for input: Shape) -> Shape {
        let known = shape.reduce(1) { $1 == -1 ? $0 : $0 * $1 }
        return Shape(shape.map { $0 == -1 && known > 0 ? input.elementCount / known : $0 })
    }
}

extension Tensor {
    /// The same elements in the same order under another shape; one length may be -1, which takes the
    /// rest. The memory is shared.
    public func reshaped(_ shape: Shape) -> Tensor { Reshape(shape: shape).apply(to: self) }

    func viewed(as shape: Shape) -> Tensor { Tensor(shape: shape, dataType: dataType, contents: contents) }
}
