/// The product of two matrices, or of two lists of them.
struct MatrixMultiplication: TensorOperation {
    let name = "matmul"

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        let (left, right) = (inputs[0].shape, inputs[1].shape)
        for operand in inputs { _ = try operand.floatingPoint(for: name) }
        guard left.rank >= 2, right.rank == 2 || right.rank == left.rank, left[-1] == right[-2],
            right.rank == 2 || left.dropLast(2).elementsEqual(right.dropLast(2))
        else { throw ShapeError(operation: name, reason: "\(left) and \(right) do not multiply") }
        let dataType: DataType =
            inputs[0].dataType == .bfloat16 && inputs[1].dataType == .bfloat16 ? .bfloat16 : .float32
        return [TensorSpecification(shape: Shape(left.dropLast() + [right[-1]]), dataType: dataType)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let (left, right) = (inputs[0], inputs[1])
        context.save(left, right)
        let dataType: DataType = left.dataType == .bfloat16 && right.dataType == .bfloat16 ? .bfloat16 : .float32
        return [
            Self.product(layout(left, right, dataType), left, right)
                .reshaped(Shape(left.shape.dropLast() + [right.shape[-1]]))
        ]
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        let (left, right) = (context.saved(0), context.saved(1))
        let gradient = context.takeGradient()
        let sizes = layout(left, right, .float32)
        var result: [Tensor?] = [nil, nil]
        if context.needsGradient(0) {
            let product = MatrixProduct(
                batch: sizes.batch, rows: sizes.rows, columns: sizes.inner, inner: sizes.columns,
                transposesRight: true, dataType: left.dataType)
            result[0] = Self.product(product, gradient, right, for: .inputGradient).reshaped(left.shape)
        }
        if context.needsGradient(1) {
            let product = MatrixProduct(
                batch: sizes.batch, rows: sizes.inner, columns: sizes.columns, inner: sizes.rows,
                transposesLeft: true, dataType: right.dataType)
            result[1] = Self.product(product, left, gradient, for: .weightGradient).reshaped(right.shape)
        }
        return result
    }

    func multiplyAccumulates(for inputs: [TensorSpecification]) -> Int {
        saturatingProduct(inputs[0].shape.elementCount, inputs[1].shape[-1])
    }

    /// One right matrix for a list of left ones makes a single product of all their rows.
    private func layout(_ left: Tensor, _ right: Tensor, _ dataType: DataType) -> MatrixProduct {
        let batch = right.rank == 2 ? 1 : right.shape.dropLast(2).reduce(1, *)
        return MatrixProduct(
            batch: batch, rows: left.shape.dropLast().reduce(1, *) / max(batch, 1), columns: right.shape[-1],
            inner: right.shape[-2], dataType: dataType)
    }

    static func product(
        _ product: MatrixProduct, _ left: Tensor, _ right: Tensor, bias: Tensor? = nil,
        for phase: ObservedWork.Phase = .forward
    ) -> Tensor {
        Engine.first(.product(product, phase, left: left, right: right)) {
            $0.matrixProduct(product, left: left, right: right, bias: bias)
        }
    }
}

extension Tensor {
    /// Multiplies matrices.
    ///
    /// - Parameters:
    ///   - left: `[..., M, K]`
    ///   - right: `[K, N]`, or `[..., K, N]` with the same leading dimensions.
    /// - Returns: `[..., M, N]`; bfloat16 where both operands are, float32 otherwise.
    public static func matmul(_ left: Tensor, _ right: Tensor) -> Tensor {
        MatrixMultiplication().apply(to: left, right)
    }
}
