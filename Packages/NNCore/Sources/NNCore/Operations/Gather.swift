import CNNKernels

/// Takes the slices of a tensor along an axis that another tensor names.
struct Gather: TensorOperation {
    let name = "gather"
    /// Counted from the end where it is negative.
    let axis: Int

    var attributes: [String: OperationAttribute] { ["axis": .int(axis)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let (input, indices) = (inputs[0], inputs[1])
        let axis = try input.shape.indexedAxis(axis, for: name)
        guard indices.dataType == .int32 || indices.dataType == .int64 else {
            throw ShapeError(operation: name, reason: "indices \(indices) are not int32 or int64")
        }
        var dimensions = input.shape.dimensions
        dimensions.replaceSubrange(axis...axis, with: indices.shape.dimensions)
        return [TensorSpecification(shape: Shape(dimensions), dataType: input.dataType)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let input = inputs[0]
        let axis = resolvedAxis(axis, rank: input.rank)!
        let indices = inputs[1].checkedIndices(below: input.shape[axis], operation: name)
        var dimensions = input.shape.dimensions
        dimensions.replaceSubrange(axis...axis, with: indices.shape.dimensions)
        let result = Tensor(uninitialized: Shape(dimensions), dataType: input.dataType)
        let (outer, inner) = input.shape.counts(around: axis)
        nn_gather(
            result.unsafePointer, input.unsafePointer, indices.unsafePointer.assumingMemoryBound(to: Int32.self),
            Int64(outer), Int64(input.shape[axis]), Int64(indices.elementCount),
            Int64(inner * input.dataType.byteCount))
        context.save(indices)
        return [result]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        let indices = context.saved(0)
        let shape = context.input(0).shape
        let axis = resolvedAxis(axis, rank: shape.rank)!
        // In float32, because many small terms may meet at one slice.
        let result = Tensor(uninitialized: shape)
        let (outer, inner) = shape.counts(around: axis)
        nn_scatter_add(
            result.floatPointer, gradient.unsafePointer,
            gradient.dataType.kernelCode, indices.unsafePointer.assumingMemoryBound(to: Int32.self), Int64(outer),
            Int64(shape[axis]), Int64(indices.elementCount), Int64(inner))
        return [result.cast(to: gradient.dataType), nil]
    }
}

extension Shape {
    /// The numbers of elements before and behind an axis.
    fileprivate func counts(around axis: Int) -> (outer: Int, inner: Int) {
        (dimensions[..<axis].reduce(1, *), dimensions[(axis + 1)...].reduce(1, *))
    }
}

extension Tensor {
    /// The slices along `axis` that `indices` name, int32 or int64: that dimension is replaced by those of
    /// `indices`, so `[V, C]` by `[N, T]` along axis 0 gives `[N, T, C]`.
    ///
    /// The gradients of a slice that is named several times are summed.
    public func gathered(indices: Tensor, axis: Int = 0) -> Tensor { Gather(axis: axis).apply(to: self, indices) }
}
