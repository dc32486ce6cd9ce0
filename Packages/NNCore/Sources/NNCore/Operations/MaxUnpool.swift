import CNNKernels

/// Puts values back to where max pooling took them from, with zeros between.
struct MaxUnpool: PlacedOperation {
    let name = "maxUnpool"
    let outputSize: Size

    var attributes: [String: OperationAttribute] { ["output_size": .size(outputSize)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let (values, indices) = (inputs[0], inputs[1])
        _ = try values.imageSize(for: name)
        guard indices.shape == values.shape, indices.dataType == .int32 || indices.dataType == .int64 else {
            throw ShapeError(operation: name, reason: "indices \(indices) for values \(values)")
        }
        guard outputSize.isPossible, outputSize.area <= Int(Int32.max) else {
            throw ShapeError(operation: name, reason: "\(outputSize) is no size for an image")
        }
        let shape: Shape = [values.shape[0], outputSize.height, outputSize.width, values.shape[3]]
        return [TensorSpecification(shape: shape, dataType: values.dataType)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let (values, shape) = (inputs[0], inputs[0].shape)
        let indices = inputs[1].checkedIndices(below: outputSize.area, operation: name)
        let result = Tensor(
            uninitialized: [shape[0], outputSize.height, outputSize.width, shape[3]], dataType: values.dataType)
        unpool(values, indices, into: result)
        context.save(indices)
        return [result]
    }

    func writer(for inputs: [TensorSpecification]) -> ResultWriter? {
        { inputs, results in
            unpool(inputs[0], inputs[1].checkedIndices(below: outputSize.area, operation: name), into: results[0])
        }
    }

    private func unpool(_ values: Tensor, _ indices: Tensor, into result: Tensor) {
        let shape = values.shape
        nn_max_unpool(
            result.unsafePointer, values.unsafePointer, indices.unsafePointer.assumingMemoryBound(to: Int32.self),
            Int32(values.dataType.byteCount), Int64(shape[0]), Int64(shape[1] * shape[2]), Int64(outputSize.area),
            Int64(shape[3]))
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        let indices = context.saved(0)
        let shape = indices.shape
        let result = Tensor(uninitialized: shape, dataType: gradient.dataType)
        nn_max_unpool_gradient(
            result.unsafePointer, gradient.unsafePointer, indices.unsafePointer.assumingMemoryBound(to: Int32.self),
            Int32(gradient.dataType.byteCount), Int64(shape[0]), Int64(shape[1] * shape[2]), Int64(outputSize.area),
            Int64(shape[3]))
        return [result, nil]
    }
}

extension Tensor {
    /// The image `[N, OH, OW, C]` that has these values `[N, H, W, C]` at their `indices` and zeros elsewhere
    /// (Badrinarayanan et al. 2017, SegNet).
    ///
    /// - Parameters:
    ///   - indices: the positions `y * OW + x`, int32 or int64 of this shape, from
    ///     ``maxPooledWithIndices(kernel:strides:padding:dilations:ceilMode:)``. Of equal positions the last counts.
    ///   - outputSize: the size that the image had before it was pooled.
    public func maxUnpooled(indices: Tensor, outputSize: Size) -> Tensor {
        MaxUnpool(outputSize: outputSize).apply(to: self, indices)
    }
}
