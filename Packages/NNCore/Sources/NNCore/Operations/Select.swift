import CNNKernels

/// mask ? left : right, element by element, with broadcasting.
struct Select: TensorOperation {
    let name = "select"

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        guard inputs[0].dataType == .uint8, inputs[1].dataType == inputs[2].dataType else {
            let list = inputs.map(\.description).joined(separator: ", ")
            throw ShapeError(operation: name, reason: "takes a uint8 mask and two tensors of one type, not \(list)")
        }
        let shape = try Shape.broadcast(inputs.map(\.shape), operation: name)
        return [TensorSpecification(shape: shape, dataType: inputs[1].dataType)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let mask = inputs[0]
        let left = inputs[1]
        let right = inputs[2]
        guard let shape = try? Shape.broadcast(inputs.map(\.shape), operation: name) else {
            trap("select: the shapes were not checked by the shape rule")
        }
        context.save(mask)
        let result = Tensor(uninitialized: shape, dataType: left.dataType)
        let walk = BroadcastWalk(over: shape, operands: inputs.map(\.shape))
        nn_select(
            Int32(left.dataType.byteCount), result.unsafePointer, mask.unsafePointer, left.unsafePointer,
            right.unsafePointer, walk.rank, walk.lengths, walk.strides[0], walk.strides[1], walk.strides[2])
        return [result]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        let mask = context.saved(0)
        let zero = Tensor.zeros([], dataType: gradient.dataType)
        return [
            nil,
            context.needsGradient(1)
                ? Tensor.select(mask, gradient, zero).summed(to: context.input(1).shape) : nil,
            context.needsGradient(2)
                ? Tensor.select(mask, zero, gradient).summed(to: context.input(2).shape) : nil,
        ]
    }
}

extension Tensor {
    /// The elements of `left` where `mask` (uint8) is not 0, else those of `right`, with broadcasting and
    /// promotion.
    public static func select(_ mask: Tensor, _ left: Tensor, _ right: Tensor) -> Tensor {
        let (left, right) = promoted(left, right)
        return Select().apply(to: mask, left, right)
    }

    /// These elements, with those of another tensor where `mask` (uint8) is not 0, with broadcasting and promotion:
    /// PyTorch's `where` with the tensors in the other order.
    public func replacing(with other: Tensor, where mask: Tensor) -> Tensor { .select(mask, other, self) }

    /// These elements, with a number where `mask` (uint8) is not 0. It takes the type of the tensor: integers need a
    /// whole number.
    public func replacing(with number: Float, where mask: Tensor) -> Tensor {
        replacing(with: operand(number, of: "replacing"), where: mask)
    }

    /// These elements, with a whole number where `mask` (uint8) is not 0.
    public func replacing(with number: Int, where mask: Tensor) -> Tensor {
        replacing(with: operand(number, of: "replacing"), where: mask)
    }
}
