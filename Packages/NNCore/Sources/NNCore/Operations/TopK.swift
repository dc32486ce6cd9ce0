import CNNKernels

/// The greatest elements of each line along the last dimension.
struct TopK: TensorOperation {
    let name = "topK"
    let count: Int

    var attributes: [String: OperationAttribute] { ["count": .int(count)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let input = try inputs[0].floatingPoint(for: name)
        guard let length = input.shape.last, (0...length).contains(count), length <= Int32.max else {
            throw ShapeError(operation: name, reason: "\(input.shape) has no \(count) elements in its last dimension")
        }
        var shape = input.shape
        shape[-1] = count
        return [
            TensorSpecification(shape: shape, dataType: input.dataType),
            TensorSpecification(shape: shape, dataType: .int32),
        ]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let input = inputs[0]
        let length = input.shape[-1]
        var shape = input.shape
        shape[-1] = count
        let values = Tensor(uninitialized: shape, dataType: input.dataType)
        let indices = Tensor(uninitialized: shape, dataType: .int32)
        nn_top_k(
            input.dataType.kernelCode, values.unsafePointer,
            indices.unsafePointer.assumingMemoryBound(to: Int32.self), input.unsafePointer,
            Int64(length == 0 ? 0 : input.elementCount / length), Int64(length), Int64(count))
        context.save(indices)
        return [values, indices]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        let shape = context.input(0).shape
        // In float32 for both types; there are few of them.
        var result = Tensor.zeros(shape)
        let indices = context.saved(0).scalars(as: Int32.self)
        let values = gradient.floats
        result.withMutableScalars(as: Float.self) { result in
            for (position, index) in indices.enumerated() {
                result[position / count * shape[-1] + Int(index)] = values[position]
            }
        }
        return [result.converted(to: gradient.dataType)]
    }
}

extension Tensor {
    /// The `count` greatest elements of each line along the last dimension in descending order, and their
    /// indices (int32): `[..., L]` gives `[..., count]` twice.
    ///
    /// Of equal elements the first comes first; NaN counts as greatest. Meant for small counts.
    public func topK(_ count: Int) -> (values: Tensor, indices: Tensor) {
        let results = TopK(count: count).apply(to: [self])
        return (results[0], results[1])
    }
}
