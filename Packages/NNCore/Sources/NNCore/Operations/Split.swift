/// Cuts a tensor into parts along an axis.
struct Split: TensorOperation {
    let name = "split"
    /// The length of each part along the axis.
    let sizes: [Int]
    /// Counted from the end where it is negative.
    let axis: Int

    var attributes: [String: OperationAttribute] { ["sizes": .ints(sizes), "axis": .int(axis)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let input = inputs[0].shape
        guard let axis = resolvedAxis(axis, rank: input.rank) else {
            throw ShapeError(operation: name, reason: "\(input) has no axis \(self.axis)")
        }
        guard sizes.allSatisfy({ (0...input[axis]).contains($0) }), sizes.reduce(0, +) == input[axis] else {
            throw ShapeError(operation: name, reason: "sizes \(sizes) do not add up to axis \(axis) of \(input)")
        }
        return sizes.map { size in
            var output = inputs[0]
            output.shape[axis] = size
            return output
        }
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let axis = resolvedAxis(axis, rank: inputs[0].rank)!
        var start = 0
        return sizes.map { size in
            defer { start += size }
            var shape = inputs[0].shape
            shape[axis] = size
            return inputs[0].part(of: shape, startingAt: start, axis: axis)
        }
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradients = sizes.indices.map { context.takeGradient($0) }
        return [Concatenate(axis: axis).apply(to: gradients)[0]]
    }
}

extension Tensor {
    /// The parts of the given lengths along an axis; the lengths must add up to the whole.
    public func split(sizes: [Int], axis: Int) -> [Tensor] {
        let parts = Split(sizes: sizes, axis: axis).apply(to: [self])
        // What a trace gives for sizes that do not fit may be fewer tensors than were asked for.
        return sizes.indices.map { parts[Swift.min($0, parts.count - 1)] }
    }
}
