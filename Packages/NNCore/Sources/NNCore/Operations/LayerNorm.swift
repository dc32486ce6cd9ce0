import CNNKernels

/// Normalizes each sample over its last dimensions (Ba et al. 2016).
///
/// Inputs: the values, the scale, and the offset if there is one. Kept for the pullback: the values, and
/// two numbers for each sample.
struct LayerNorm: TensorOperation {
    let name = "layerNorm"
    let epsilon: Float

    var attributes: [String: OperationAttribute] { ["epsilon": .float(epsilon)] }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let (input, scale) = (inputs[0], inputs[1])
        if let problem = NumberRule.notNegative.problem(with: epsilon) {
            throw ShapeError(operation: name, reason: "epsilon \(problem)")
        }
        guard input.dataType.isFloatingPoint, 1...max(input.shape.rank, 1) ~= scale.shape.rank,
            Array(input.shape.suffix(scale.shape.rank)) == scale.shape.dimensions
        else {
            throw ShapeError(operation: name, reason: "scale \(scale.shape) for the last dimensions of \(input)")
        }
        for parameter in inputs.dropFirst()
        where parameter != TensorSpecification(shape: scale.shape, dataType: .float32) {
            throw ShapeError(operation: name, reason: "\(parameter) where float32\(scale.shape) is expected")
        }
        return [input]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let (input, scale) = (inputs[0], inputs[1])
        let columns = scale.elementCount
        let rows = input.shape.dropLast(scale.rank).reduce(1, *)
        let result = Tensor(uninitialized: input.shape, dataType: input.dataType)
        let statistics = Tensor(uninitialized: [rows, 2])
        let offset = inputs.count > 2 ? inputs[2] : nil
        if columns > 0 {
            nn_layer_norm(
                result.unsafePointer, statistics.floatPointer, input.unsafePointer, input.dataType.kernelCode,
                scale.floatPointer, offset?.floatPointer, epsilon, Int64(rows), Int64(columns))
        }
        context.save(input, statistics, scale)
        return [result]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let gradient = context.takeGradient()
        let (input, statistics, scale) = (context.saved(0), context.saved(1), context.saved(2))
        let columns = scale.elementCount
        let rows = input.shape.dropLast(scale.rank).reduce(1, *)
        var gradients = [Tensor?](repeating: nil, count: context.inputCount)
        if columns == 0 {
            return (0..<context.inputCount).map {
                .zeros(context.input($0).shape, dataType: context.input($0).dataType)
            }
        }
        if context.needsGradient(0) {
            let result = Tensor(uninitialized: input.shape, dataType: input.dataType)
            nn_layer_norm_gradient(
                result.unsafePointer, gradient.unsafePointer, input.unsafePointer, input.dataType.kernelCode,
                statistics.floatPointer, scale.floatPointer, Int64(rows), Int64(columns))
            gradients[0] = result
        }
        if (1..<context.inputCount).contains(where: context.needsGradient) {
            let both = Tensor(uninitialized: [2, columns])
            nn_layer_norm_parameter_gradients(
                both.floatPointer, gradient.unsafePointer, input.unsafePointer, input.dataType.kernelCode,
                statistics.floatPointer, Int64(rows), Int64(columns))
            for position in 1..<context.inputCount { gradients[position] = both[position - 1].reshaped(scale.shape) }
        }
        return gradients
    }
}

extension Tensor {
    /// The values with mean 0 and variance 1 over the last dimensions, those that `scale` has, times
    /// `scale` plus `offset`.
    ///
    /// - Parameters:
    ///   - scale: float32 in the shape of the last dimensions, `[C]` for `[N, H, W, C]` by pixel.
    ///   - offset: in the same shape; nil adds nothing.
    ///   - epsilon: added to the variance.
    public func layerNormalized(scale: Tensor, offset: Tensor? = nil, epsilon: Float = 1e-5) -> Tensor {
        LayerNorm(epsilon: epsilon).apply(to: [self, scale] + (offset.map { [$0] } ?? []))[0]
    }
}
