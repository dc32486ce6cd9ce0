import CNNKernels

/// Takes elements along an axis, at an index for each.
struct ElementsAtIndices: TensorOperation {
    let name = "elements"
    /// Counted from the end where it is negative.
    let axis: Int

    var attributes: [String: OperationAttribute] { ["axis": .int(axis)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let (input, indices) = (inputs[0], inputs[1])
        let axis = try input.shape.indexedAxis(axis, for: name)
        var expected = input.shape
        expected[axis] = indices.shape.rank == expected.rank ? indices.shape[axis] : 0
        guard indices.shape == expected, indices.dataType == .int32 || indices.dataType == .int64 else {
            throw ShapeError(
                operation: name,
                reason:
                    "takes int32 or int64 indices of the shape \(input.shape) but along axis \(axis), not \(indices)")
        }
        return [TensorSpecification(shape: indices.shape, dataType: input.dataType)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let input = inputs[0]
        let lines = Lines(of: input.shape, along: axis)
        let indices = inputs[1].checkedIndices(below: Int(lines.length), operation: name)
        let result = Tensor(uninitialized: indices.shape, dataType: input.dataType)
        nn_take_along(
            result.unsafePointer, input.unsafePointer, indices.unsafePointer.assumingMemoryBound(to: Int32.self),
            Int32(input.dataType.byteCount), lines.outer, lines.length, Int64(indices.shape[axis]), lines.inner)
        context.save(indices)
        return [result]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        let indices = context.saved(0)
        let shape = context.input(0).shape
        let lines = Lines(of: shape, along: axis)
        // In float32, because many small terms may meet at one element.
        let result = Tensor(uninitialized: shape)
        nn_add_along(
            result.floatPointer, gradient.unsafePointer, gradient.dataType.kernelCode,
            indices.unsafePointer.assumingMemoryBound(to: Int32.self), lines.outer, lines.length,
            Int64(indices.shape[axis]), lines.inner)
        return [result.cast(to: gradient.dataType), nil]
    }
}

extension Tensor {
    /// The elements along `axis` that `indices` name, one for each index: of `[N, C]` and `[N, K]` along axis 1,
    /// element `[n, k]` is the one at `[n, indices[n, k]]`.
    ///
    /// PyTorch's `gather` and `take_along_dim`, NumPy's `take_along_axis`; whole slices are taken by
    /// ``gathered(indices:axis:)``. The gradients of an element that is named several times are summed.
    /// - Parameter indices: int32 or int64, of this shape except along `axis`.
    public func elements(at indices: Tensor, axis: Int) -> Tensor {
        ElementsAtIndices(axis: axis).apply(to: self, indices)
    }

    /// Indices as kernels read them, int32. Traps where one is not in `0..<limit`.
    func checkedIndices(below limit: Int, operation: String) -> Tensor {
        func fail(_ index: Int64, _ position: Int64) -> Never {
            trap("\(operation): index \(index) at position \(position) of \(shape) is not in 0..<\(limit)")
        }
        var result = self
        if dataType == .int64 {
            result = Tensor(uninitialized: shape, dataType: .int32)
            // What int32 does not have is outside of any axis.
            let position = narrow(into: result)
            if position >= 0 { fail(scalars(as: Int64.self)[Int(position)], position) }
        }
        let position = nn_first_index_outside(
            result.unsafePointer.assumingMemoryBound(to: Int32.self), Int64(elementCount), Int64(limit))
        if position >= 0 { fail(Int64(result.scalars(as: Int32.self)[Int(position)]), position) }
        return result
    }

    /// Converts int64 to int32. Returns the position of the first value that int32 does not have, or -1.
    func narrow(into result: Tensor) -> Int64 {
        nn_narrow(
            result.unsafePointer.assumingMemoryBound(to: Int32.self),
            unsafePointer.assumingMemoryBound(to: Int64.self), Int64(elementCount))
    }
}
