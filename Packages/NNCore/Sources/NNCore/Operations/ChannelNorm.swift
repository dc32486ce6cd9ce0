import CNNKernels

/// activation(input · scale + shift + residual), each channel with a scale and a shift of its own: what
/// batch normalization comes to once its statistics are known.
struct ChannelNorm {
    let input: Tensor
    let residual: Tensor?
    let activation: Activation
    /// `[C]`, float32.
    let scale: Tensor
    let shift: Tensor

    private func withKernel(_ body: (UnsafePointer<nn_norm>) -> Void) {
        let channels = input.shape[-1]
        guard channels > 0 else { return }
        let kernel = nn_norm(
            rows: Int64(input.elementCount / channels), channels: Int64(channels),
            is_bfloat16: input.dataType == .bfloat16 ? 1 : 0, activation: activation.kernelCode,
            slope: activation.slope, input: input.unsafePointer, residual: residual?.unsafePointer,
            scale: scale.floatPointer, shift: shift.floatPointer)
        withUnsafePointer(to: kernel, body)
    }

    /// The mean and the biased variance of each channel of the input.
    static func statistics(of input: Tensor) -> (mean: Tensor, variance: Tensor) {
        let channels = input.shape[-1]
        let (mean, variance) = (Tensor(uninitialized: [channels]), Tensor(uninitialized: [channels]))
        ChannelNorm(input: input, residual: nil, activation: .identity, scale: mean, shift: mean).withKernel {
            nn_norm_statistics($0, mean.floatPointer, variance.floatPointer)
        }
        return (mean, variance)
    }

    /// The sum of each channel in float32, as the gradient by a bias is.
    static func sum(of input: Tensor) -> Tensor {
        let channels = input.shape[-1]
        let sums = Tensor(uninitialized: [channels])
        nn_reduce(
            Int32(NN_REDUCE_SUM), 1, sums.dataType.kernelCode, sums.unsafePointer, input.dataType.kernelCode,
            input.unsafePointer, 1, Int64(channels == 0 ? 0 : input.elementCount / channels), Int64(channels))
        return sums
    }

    func forward() -> Tensor {
        let output = Tensor(uninitialized: input.shape, dataType: input.dataType)
        withKernel { nn_norm_forward($0, output.unsafePointer) }
        return output
    }

    /// With g = gradient · activation'(...): the sums of g and of g · (input - mean), and g itself where
    /// there is a residual, whose gradient it is.
    func backwardSums(gradient: Tensor, mean: Tensor) -> (sum: Tensor, product: Tensor, inner: Tensor?) {
        let channels = input.shape[-1]
        let (sum, product) = (Tensor(uninitialized: [channels]), Tensor(uninitialized: [channels]))
        let inner = residual.map { Tensor(uninitialized: $0.shape, dataType: $0.dataType) }
        withKernel {
            nn_norm_backward_sums(
                $0, gradient.unsafePointer, mean.floatPointer, inner?.unsafePointer, sum.floatPointer,
                product.floatPointer)
        }
        return (sum, product, inner)
    }

    /// a · g + b · input + c for each channel, in the place of the gradient where nothing else refers to that.
    func backwardInput(gradient: inout Tensor, inner: Tensor?, a: [Float], b: [Float], c: [Float]) {
        let output = gradient.isUnique() ? gradient : Tensor(uninitialized: input.shape, dataType: input.dataType)
        withKernel {
            nn_norm_backward_input(
                $0, gradient.unsafePointer, inner?.unsafePointer, a, b, c, output.unsafePointer)
        }
        gradient = output
    }
}
