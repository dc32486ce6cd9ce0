/// A dense layer's calculation: x Wᵀ + b.
struct LinearTransform: TensorOperation {
    let name = "linear"

    // Inputs: features, weight [O, I], then the bias where there is one.
    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let (input, weight) = (inputs[0].shape, inputs[1].shape)
        _ = try inputs[0].floatingPoint(for: name)
        for parameter in inputs[1...] { try parameter.requireFloat32("weight or bias", for: name) }
        guard input.rank >= 1, weight.rank == 2, input[-1] == weight[1],
            inputs.count < 3 || inputs[2].shape == [weight[0]]
        else {
            let bias = inputs.count > 2 ? " and bias \(inputs[2].shape)" : ""
            throw ShapeError(operation: name, reason: "the weight \(weight)\(bias) does not fit features \(input)")
        }
        return [TensorSpecification(shape: Shape(input.dropLast() + [weight[0]]), dataType: inputs[0].dataType)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let (input, weight) = (inputs[0], inputs[1])
        context.save(input, weight)
        let product = MatrixProduct(
            rows: input.shape.dropLast().reduce(1, *), columns: weight.shape[0], inner: weight.shape[1],
            transposesRight: true, dataType: input.dataType)
        return [
            MatrixMultiplication.product(
                product, input, weight.form(in: input.dataType), bias: inputs.count > 2 ? inputs[2] : nil
            ).reshaped(Shape(input.shape.dropLast() + [weight.shape[0]]))
        ]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let (input, weight) = (context.saved(0), context.saved(1))
        let gradient = context.takeGradient()
        let (rows, outputs, inputs) = (
            input.shape.dropLast().reduce(1, *), weight.shape[0], weight.shape[1]
        )
        var result = [Tensor?](repeating: nil, count: context.inputCount)
        if context.needsGradient(0) {
            let product = MatrixProduct(rows: rows, columns: inputs, inner: outputs, dataType: input.dataType)
            result[0] = MatrixMultiplication.product(
                product, gradient, weight.form(in: input.dataType), for: .inputGradient
            ).reshaped(input.shape)
        }
        if context.needsGradient(1) {
            let product = MatrixProduct(rows: outputs, columns: inputs, inner: rows, transposesLeft: true)
            result[1] = MatrixMultiplication.product(product, gradient, input, for: .weightGradient)
                .reshaped(weight.shape)
        }
        if context.inputCount > 2, context.needsGradient(2) { result[2] = ChannelNorm.sum(of: gradient) }
        return result
    }

    func multiplyAccumulates(for inputs: [TensorSpecification]) -> Int {
        saturatingProduct(inputs[0].shape.elementCount, inputs[1].shape[0])
    }
}

extension Tensor {
    /// Multiplies each vector of features by a matrix: `x Wᵀ + b`.
    ///
    /// - Parameters:
    ///   - weight: `[O, I]`, float32.
    ///   - bias: `[O]`, float32.
    /// - Returns: `[..., O]` in the type of this tensor, `[..., I]`.
    public func linear(weight: Tensor, bias: Tensor? = nil) -> Tensor {
        LinearTransform().apply(to: [self, weight] + (bias.map { [$0] } ?? []))[0]
    }

    /// These values in another type, kept beside them until they change.
    func form(in dataType: DataType) -> Tensor {
        dataType == self.dataType ? self : packedForms.form(for: dataType) { converted(to: dataType) }
    }
}
