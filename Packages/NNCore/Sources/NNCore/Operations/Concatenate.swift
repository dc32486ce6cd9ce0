/// Puts tensors side by side along an axis.
struct Concatenate: PlacedOperation {
    let name = "concatenate"
    /// Counted from the end where it is negative.
    let axis: Int

    var attributes: [String: OperationAttribute] { ["axis": .int(axis)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        guard let first = inputs.first else { throw ShapeError(operation: name, reason: "no tensors to join") }
        guard let axis = resolvedAxis(axis, rank: first.shape.rank) else {
            throw ShapeError(operation: name, reason: "\(first.shape) has no axis \(self.axis)")
        }
        var result = first
        for (position, input) in inputs.enumerated().dropFirst() {
            var expected = first
            expected.shape[axis] = input.shape.rank > axis ? input.shape[axis] : 0
            guard input == expected else {
                throw ShapeError(
                    operation: name,
                    reason: "input \(position) is \(input), input 0 \(first); only axis \(axis) may differ")
            }
            result.shape[axis] += input.shape[axis]
        }
        return [result]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let result = written(inputs)[0]
        // Where most of it is calculated again anyway, keeping the rest is less than keeping the result: so it is for
        // modules that join the results of their convolutions (compare Pleiss et al. 2017).
        let kept = inputs.indices.reduce(0) { context.isRecomputed($1) ? $0 : $0 + inputs[$1].byteCount }
        if kept <= result.byteCount / 2 { context.recomputesResult(from: inputs) { written($0)[0] } }
        return [result]
    }

    func writer(for inputs: [TensorSpecification]) -> ResultWriter? {
        var shape = inputs[0].shape
        let axis = resolvedAxis(axis, rank: shape.rank)!
        shape[axis] = inputs.reduce(0) { $0 + $1.shape[axis] }
        let strides = shape.strides
        var offset = 0
        let copies = inputs.map { input in
            defer { offset += input.shape[axis] * strides[axis] }
            return BlockCopy(
                of: input.shape, from: ElementLayout(strides: input.shape.strides),
                to: ElementLayout(offset: offset, strides: strides))
        }
        return { inputs, results in
            for (copy, input) in zip(copies, inputs) { copy.run(from: input, to: results[0]) }
        }
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        let axis = resolvedAxis(axis, rank: gradient.rank)!
        var start = 0
        return (0..<context.inputCount).map { position in
            let shape = context.input(position).shape
            defer { start += shape[axis] }
            return context.needsGradient(position) ? gradient.part(of: shape, startingAt: start, axis: axis) : nil
        }
    }
}

extension Tensor {
    /// Joins tensors that differ in length along `axis` only.
    public static func concatenated(_ tensors: [Tensor], axis: Int) -> Tensor {
        Concatenate(axis: axis).apply(to: tensors)[0]
    }

    /// A copy of the elements from `start` on along an axis, as many as `shape` has.
    func part(of shape: Shape, startingAt start: Int, axis: Int) -> Tensor {
        let result = Tensor(uninitialized: shape, dataType: dataType)
        let strides = self.shape.strides
        copyBlock(
            of: shape, from: self, sourceLayout: ElementLayout(offset: start * strides[axis], strides: strides),
            to: result)
        return result
    }
}
