import CNNKernels

/// The mean over all pixels of each channel.
struct GlobalAveragePool: PlacedOperation {
    let name = "globalAveragePool"

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let input = inputs[0]
        _ = try input.imageSize(for: name)
        return [TensorSpecification(shape: [input.shape[0], input.shape[3]], dataType: input.dataType)]
    }

    func writer(for inputs: [TensorSpecification]) -> ResultWriter? {
        { inputs, results in
            let input = inputs[0]
            let shape = input.shape
            nn_global_average_pool(
                results[0].unsafePointer, input.unsafePointer, input.dataType.kernelCode, Int64(shape[0]),
                Int64(shape[1] * shape[2]), Int64(shape[3]))
        }
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        let shape = context.input(0).shape
        let result = Tensor(uninitialized: shape, dataType: gradient.dataType)
        nn_global_average_pool_gradient(
            result.unsafePointer, gradient.unsafePointer, gradient.dataType.kernelCode, Int64(shape[0]),
            Int64(shape[1] * shape[2]), Int64(shape[3]))
        return [result]
    }
}

extension Tensor {
    /// The mean over the pixels of an image `[N, H, W, C]`, giving `[N, C]`.
    public func globalAveragePooled() -> Tensor { GlobalAveragePool().apply(to: self) }
}
